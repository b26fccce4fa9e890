// The tables of options in docs/ against what --help of the published binary says: every option,
// by every name, with the same default, and no other.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.BlackBox;

public sealed partial class OptionDocsTests
{
    // What argp adds, and what every command has, is not in the tables.
    private static readonly string[] Common = ["-?", "--help", "--usage", "-V", "--version"];

    [Theory]
    [InlineData("server.md", "", "")]
    [InlineData("server.md", "", "serve")]
    [InlineData("client.md", "", "client")]
    [InlineData("ping.md", "", "ping")]
    [InlineData("bench.md", "", "bench")]
    [InlineData("lab.md", "triggers", "lab", "triggers")]
    [InlineData("lab.md", "pollers", "lab", "pollers")]
    public void A_page_has_every_option_with_its_default(
        string page, string section, params string[] command)
    {
        string[] words = [.. command.Where(word => word.Length > 0), "--help"];
        Finished help = Tools.Run(Tools.Binary, words);
        Assert.Equal(0, help.Status);
        string text = File.ReadAllText(Path.Combine(Tools.Root, "docs", page));
        Assert.Equal(OptionsOfHelp(help.Output), OptionsOfPage(text, section));
    }

    // The control: each thing that the comparison is for is seen.
    [Theory]
    [InlineData("| `-p`, `--port` | 7080 |", true)]
    [InlineData("| `-p`, `--port` | 7081 |", false)]
    [InlineData("| `-p`, `--port` | |", false)]
    [InlineData("| `--port` | 7080 |", false)]
    [InlineData("| `-p`, `--port`, `--other` | 7080 |", false)]
    [InlineData("", false)]
    public void A_page_that_is_not_true_is_found_out(string row, bool isTrue)
    {
        const string help =
            "Usage: epollecho [OPTION...]\n"
            + "  -b, --bind=ADDRESS         Address; may be repeated\n"
            + "                             (*)\n"
            + "      --end-with-parent[=PROCESS]\n"
            + "                             End (as by SIGTERM) then\n"
            + "  -p, --port=PORT            Port (7080)\n"
            + "  -?, --help                 Give this help list\n\n"
            + "Every option is a variable (EPOLLECHO_PORT), too.\n";
        string page =
            "## Options\n\n| option | default | meaning |\n| --- | --- | --- |\n"
            + "| `-b`, `--bind` | `*` | address |\n| `--end-with-parent` | | end |\n"
            + row + "\n\n| `--no-option` | 1 | in another table |\n";
        SortedDictionary<string, string> options = OptionsOfHelp(help);
        Assert.Equal(["--bind", "--end-with-parent", "--port", "-b", "-p"], options.Keys);
        Assert.Equal("*", options["--bind"]);
        Assert.Equal("", options["--end-with-parent"]);
        Assert.Equal(isTrue, options.SequenceEqual(OptionsOfPage(page, "")));
    }

    /// <summary>The names of the options, long and short, each with its default.</summary>
    private static SortedDictionary<string, string> OptionsOfHelp(string help)
    {
        SortedDictionary<string, string> options = new(StringComparer.Ordinal);
        List<string> names = [];
        string text = "";
        foreach (string line in help.Split('\n'))
        {
            Match option = OptionLine().Match(line);
            Match continued = ContinuedLine().Match(line);
            if (continued.Success)
            {
                text += " " + continued.Groups["text"].Value;
                continue;
            }
            AddAll(options, names, LastParentheses().Match(text).Groups["default"].Value);
            names = [];
            if (!option.Success) continue;
            names = [.. Names().Matches(option.Groups["names"].Value).Select(name => name.Value)];
            text = option.Groups["text"].Value;
        }
        foreach (string name in Common) options.Remove(name);
        return options;
    }

    /// <summary>The same of the tables of options below a heading, or on the whole page.</summary>
    private static SortedDictionary<string, string> OptionsOfPage(string page, string section)
    {
        SortedDictionary<string, string> options = new(StringComparer.Ordinal);
        bool isInSection = section.Length == 0;
        bool isInTable = false;
        foreach (string line in page.Split('\n'))
        {
            if (section.Length > 0 && line.StartsWith("## ", StringComparison.Ordinal))
                isInSection = line == "## " + section;
            string[] cells = line.Split('|', StringSplitOptions.TrimEntries);
            isInTable = cells is [_, "option", "default", ..] || (isInTable && cells.Length > 1);
            if (!isInSection || !isInTable) continue;
            IEnumerable<string> names = InBackticks().Matches(cells[1])
                .Select(name => name.Groups["name"].Value).Distinct();
            AddAll(options, names, cells[2].Replace("`", "", StringComparison.Ordinal));
        }
        return options;
    }

    private static void AddAll(
        SortedDictionary<string, string> options, IEnumerable<string> names, string value)
    {
        foreach (string name in names) options.Add(name, value);
    }

    [GeneratedRegex(@"^ {2,6}(?<names>(-., )?--[a-z0-9-]+)(\[?=\S+)?( +(?<text>\S.*))?$")]
    private static partial Regex OptionLine();

    [GeneratedRegex(@"^ {20,}(?<text>\S.*)$")]
    private static partial Regex ContinuedLine();

    [GeneratedRegex(@"\((?<default>[^()]*)\)$")]
    private static partial Regex LastParentheses();

    [GeneratedRegex(@"--[a-z0-9-]+|-[^-]\b|-\?")]
    private static partial Regex Names();

    [GeneratedRegex(@"`(?<name>-[^`=]+)(=[^`]*)?`")]
    private static partial Regex InBackticks();
}
