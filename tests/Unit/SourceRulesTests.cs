// The rules that the sources hold by themselves, each with a control: a file that breaks the rule
// is found out by the same function.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Epollecho.Tests.Support;
using Xunit;

namespace Epollecho.Tests.Unit;

public sealed class SourceRulesTests
{
    private static readonly Lazy<SourceRules> Product = new(SourceRules.OfTheProduct);

    private static readonly Lazy<SourceRules> Tests = new(() => new SourceRules(
        SourceRules.FilesBelow("tests").Select(
            path => (Path.GetRelativePath(Tools.Root, path), File.ReadAllText(path)))));

    [Fact]
    public void The_sources_are_all_there_and_are_understood()
    {
        Assert.InRange(Product.Value.FileCount, 100, 1000);
        Assert.Empty(Product.Value.Errors());
    }

    [Fact]
    public void Dependencies_go_one_way_only() =>
        AssertNone(Product.Value.ForbiddenDependencies());

    [Fact]
    public void Only_Interop_makes_system_calls() =>
        AssertNone(Product.Value.SystemCallsOutsideInterop());

    [Fact]
    public void Lines_fit_into_100_columns() => AssertNone(Product.Value.LongLines());

    [Fact]
    public void A_method_can_be_held_in_view() => AssertNone(Product.Value.LongMethods());

    [Fact]
    public void Every_file_opens_with_a_comment() =>
        AssertNone(Product.Value.FilesWithoutComment());

    [Fact]
    public void Namespaces_are_those_of_the_folders() =>
        AssertNone(Product.Value.NamespacesUnlikeFolders());

    [Fact]
    public void A_test_goes_on_to_its_end_in_every_row() =>
        AssertNone(Tests.Value.TestsThatReturnEarly());

    [Fact]
    public void Threads_and_folders_of_tests_have_an_owner() =>
        AssertNone(Tests.Value.UnownedThreadsAndFolders());

    // Each row: a file that the rule is for, what it says, and what is found of it (or nothing).
    [Theory]
    [InlineData("Interop/A.cs", "Native.Base.Lower.F();", "Interop uses Base")]
    [InlineData("Native/Base/A.cs", "_ = new Native.Loop.Lower();", "Base uses Loop")]
    [InlineData("Native/Net/A.cs", "Native.Loop.Lower.F();", "")]
    [InlineData("Native/Options/A.cs", "Native.Load.Lower.F();", "Options uses Load")]
    [InlineData("Native/Ping/A.cs", "Native.Load.Lower.F();", "")]
    [InlineData("Native/Ping/A.cs", "Native.Bench.Lower.F();", "Ping uses Bench")]
    [InlineData("Native/Ping/A.cs", "Native.Server.Lower.F();", "Ping uses Server")]
    [InlineData("Native/Server/A.cs", "Native.Load.Lower.F();", "Server uses Load")]
    [InlineData("Native/Server/A.cs", "Native.Server.Engine.Lower.F();", "")]
    [InlineData("Native/Server/Session/A.cs", "Native.Server.Lower.F();", "Session uses Server")]
    [InlineData("Native/Server/Session/A.cs", "Server.Calls.Lower.F();", "Session uses Server.C")]
    [InlineData("Native/Server/Calls/A.cs", "Server.Session.Lower.F();", "")]
    [InlineData("Native/Server/Calls/A.cs", "Server.Engine.Lower.F();", "Calls uses Server.E")]
    [InlineData("Native/Server/Engine/A.cs", "Server.Calls.Lower.F();", "")]
    [InlineData("Native/Server/Engine/A.cs", "Native.Server.Lower.F();", "Engine uses Server")]
    [InlineData("Native/Lab/A.cs", "Lab.Lower.F();", "")]
    [InlineData("Native/Base/A.cs", "// Native.Loop.Lower.F();\n", "")]
    [InlineData("Native/Base/A.cs", "_ = \"Native.Loop.Lower.F();\";", "")]
    [InlineData("Native/Other/A.cs", "", "folder Other is not in the table")]
    public void Control_a_dependency_is_found_out(string path, string statement, string expected)
    {
        string[] folders = ["Interop", "Native/Base", "Native/Loop", "Native/Load", "Native/Bench",
            "Native/Lab", "Native/Server", "Native/Server/Session", "Native/Server/Calls",
            "Native/Server/Engine"];
        List<(string, string)> files = [.. folders.Select(folder => (
            folder + "/Lower.cs",
            InFolder(folder, "class Lower { internal static void F() { } }")))];
        files.Add((path, InFolder(
            Path.GetDirectoryName(path)!, $"class A {{ void G() {{ {statement} }} }}")));
        AssertFound(new SourceRules(files).ForbiddenDependencies(), expected);
    }

    [Theory]
    [InlineData("using Epollecho.Native.Loop; class A { }", "Base uses Loop (using ")]
    [InlineData("class A { B Loop; void F() { Loop = null!; } } class B { }", "")]
    public void Control_a_using_counts_and_a_member_of_that_name_does_not(
        string text, string expected)
    {
        SourceRules rules = new([
            ("Native/Base/A.cs", text.Replace(
                "class A", "namespace Epollecho.Native.Base; class A", StringComparison.Ordinal)),
            ("Native/Loop/B.cs", InFolder("Native/Loop", "class Loop { }"))]);
        AssertFound(rules.ForbiddenDependencies(), expected);
    }

    [Theory]
    [InlineData("Native/Net/A.cs", "void F() => Tmds.Linux.LibC.close(1);", "calls close")]
    [InlineData("Native/Net/A.cs", "int F() => Tmds.Linux.LibC.EAGAIN;", "")]
    [InlineData("Interop/A.cs", "void F() => Tmds.Linux.LibC.close(1);", "")]
    [InlineData("Native/Net/A.cs", "[System.Runtime.InteropServices.DllImport(\"libc\")] "
        + "static extern int close(int fd);", "declares an import")]
    [InlineData("Native/Net/A.cs", "[LibraryImport(\"libc\")] static partial int close(int fd);",
        "declares an import")]
    public void Control_a_system_call_is_found_out(string path, string member, string expected) =>
        AssertFound(
            Of(path, $"partial class A {{ {member} }}").SystemCallsOutsideInterop(), expected);

    [Theory]
    [InlineData(100, "")]
    [InlineData(101, "A.cs:2: 101 columns")]
    public void Control_a_long_line_is_found_out(int columns, string expected) => AssertFound(
        new SourceRules([("A.cs", "// A\n" + new string('/', columns))]).LongLines(), expected);

    [Theory]
    [InlineData(70, "")]
    [InlineData(71, "A.cs:3: 71 lines")]
    public void Control_a_long_method_is_found_out(int lines, string expected) => AssertFound(
        Of("A.cs", $"class A {{\nvoid F() {{{new string('\n', lines - 1)}}} }}").LongMethods(),
        expected);

    [Theory]
    [InlineData("// What it is.\n", "")]
    [InlineData("using System;\n// What it is.\n", "does not open with a comment")]
    public void Control_a_file_without_a_comment_is_found_out(string text, string expected) =>
        AssertFound(new SourceRules([("A.cs", text)]).FilesWithoutComment(), expected);

    [Theory]
    [InlineData("Native/Base/A.cs", "namespace Epollecho.Native.Base;", "")]
    [InlineData("Native/Base/A.cs", "namespace Epollecho.Native;", "not Epollecho.Native.Base")]
    [InlineData("Native/Base/A.cs", "class A { }", "not Epollecho.Native.Base")]
    [InlineData("Program.cs", "namespace Epollecho;", "")]
    public void Control_a_namespace_is_found_out(string path, string text, string expected) =>
        AssertFound(new SourceRules([(path, text)]).NamespacesUnlikeFolders(), expected);

    [Theory]
    [InlineData("[Fact] void F() { if (1 > 0) return; }", "a test returns")]
    [InlineData("[Theory, InModes(1)] void F() { return; }", "a test returns")]
    [InlineData("[Fact] void F() { Action a = () => { return; }; }", "")]
    [InlineData("void F() { return; }", "")]
    public void Control_a_test_that_returns_is_found_out(string member, string expected) =>
        AssertFound(Of("A.cs", $"class A {{ {member} }}").TestsThatReturnEarly(), expected);

    [Theory]
    [InlineData("void F() => new Thread(G).Start();", "A.cs", "belongs into BackgroundWork.cs")]
    [InlineData("string F() => Path.GetTempPath();", "A.cs", "belongs into TemporaryFolder.cs")]
    [InlineData("void F() => new Thread(G).Start();", "BackgroundWork.cs", "")]
    [InlineData("string F() => \"new Thread(\";", "A.cs", "")]
    public void Control_a_thread_of_nobody_is_found_out(
        string member, string path, string expected) =>
        AssertFound(Of(path, $"class A {{ {member} }}").UnownedThreadsAndFolders(), expected);

    private static SourceRules Of(string path, string text) =>
        new([(path, InFolder(Path.GetDirectoryName(path)!, text))]);

    private static string InFolder(string folder, string text) =>
        $"namespace Epollecho{(folder.Length > 0 ? "." : "")}{folder.Replace('/', '.')};\n{text}";

    private static void AssertNone(IEnumerable<string> violations)
    {
        string[] found = [.. violations];
        Assert.True(found.Length == 0, string.Join('\n', found.Prepend("")));
    }

    private static void AssertFound(IEnumerable<string> violations, string expected)
    {
        if (expected.Length == 0) AssertNone(violations);
        else Assert.Contains(expected, Assert.Single(violations));
    }
}
