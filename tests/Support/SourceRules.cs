// What holds for the sources as a whole: which folder may use which, who makes system calls, and
// the form of a file. Names are resolved by the compiler, so that comments, texts and members of
// the same name do not matter.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Epollecho.Tests.Support;

/// <summary>The sources of the product, as the compiler understands them.</summary>
internal sealed class SourceRules
{
    public const int MaxColumns = 100;
    public const int MaxMethodLines = 70;

    private const string Product = "Epollecho";
    private const string ProgramLayer = "Program";

    /// <summary>What each folder may use besides itself: each that is before it in this list, but
    /// for the parts of the server and the modes, which are below.</summary>
    private static readonly string[] Layers =
        ["Interop", "Base", "Loop", "Net", "Output", "Options", "Load"];

    private static readonly string[] Modes = ["Client", "Ping", "Bench", "Lab"];

    private static readonly Dictionary<string, string[]> Allowed = AllowedLayers();

    /// <summary>LibraryImport's generator does not run here, so that its partial methods have no
    /// body; and what is fully assigned is decided by other assemblies than the build's.</summary>
    private static readonly string[] Expected = ["CS8795", "CS0165", "CS0170"];

    private static readonly PortableExecutableReference[] References = [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => Path.GetFileName(path) != "epollecho.Tests.dll")
            .Select(path => MetadataReference.CreateFromFile(path))];

    private readonly CSharpCompilation compilation;

    /// <summary>Sources by their path from the project's root ("Native/Base/Json.cs").</summary>
    public SourceRules(IEnumerable<(string Path, string Text)> files)
    {
        CSharpParseOptions options = new(LanguageVersion.Latest);
        const string generated =
            "namespace Epollecho; internal static class BuildInformation { internal static "
            + "System.ReadOnlySpan<byte> Version => default; internal static "
            + "System.ReadOnlySpan<byte> Commit => default; }";
        compilation = CSharpCompilation.Create(
            "product",
            [
                .. files.Select(file => CSharpSyntaxTree.ParseText(file.Text, options, file.Path)),
                CSharpSyntaxTree.ParseText(generated, options),
            ],
            References,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true,
                concurrentBuild: false));
    }

    public static SourceRules OfTheProduct() => new(
        Directory.EnumerateFiles(Tools.Root, "*.cs").Concat(FilesBelow("Native"))
            .Concat(FilesBelow("Interop")).Select(
                path => (Path.GetRelativePath(Tools.Root, path), File.ReadAllText(path))));

    public static IEnumerable<string> FilesBelow(string folder) => Directory.EnumerateFiles(
        Path.Combine(Tools.Root, folder), "*.cs", SearchOption.AllDirectories).Where(
            path => !path.Contains("/obj/", StringComparison.Ordinal));

    public int FileCount => Trees().Count();

    /// <summary>What does not compile: names would be left unresolved.</summary>
    public IEnumerable<string> Errors() => compilation.GetDiagnostics()
        .Where(one => one.Severity == DiagnosticSeverity.Error && !Expected.Contains(one.Id))
        .Select(one => one.ToString());

    /// <summary>Uses of a folder that the file's own folder may not use, each once a file.
    /// </summary>
    public IEnumerable<string> ForbiddenDependencies() => Trees().SelectMany(tree =>
    {
        string layer = LayerOfPath(tree.FilePath);
        if (!Allowed.TryGetValue(layer, out string[]? allowed))
            return [$"{tree.FilePath}: folder {layer} is not in the table of dependencies"];
        return UsedLayers(tree).Where(use => use.Layer != layer && !allowed.Contains(use.Layer))
            .OrderBy(use => use.Name.StartsWith("using ", StringComparison.Ordinal))
            .DistinctBy(use => use.Layer).Select(
                use => $"{tree.FilePath}: {layer} uses {use.Layer} ({use.Name})");
    });

    /// <summary>Calls into the system, or declarations of them, outside Interop/.</summary>
    public IEnumerable<string> SystemCallsOutsideInterop() => Trees()
        .Where(tree => LayerOfPath(tree.FilePath) != "Interop")
        .SelectMany(tree => CallsOfLibC(tree).Concat(Imports(tree)));

    public IEnumerable<string> LongLines() => Trees().SelectMany(tree => tree.GetText().Lines
        .Where(line => line.Span.Length > MaxColumns)
        .Select(line => $"{tree.FilePath}:{line.LineNumber + 1}: {line.Span.Length} columns"));

    public IEnumerable<string> LongMethods() => Trees().SelectMany(tree => tree.GetRoot()
        .DescendantNodes().Where(node => node
            is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax
            or LocalFunctionStatementSyntax)
        .Select(node => (Node: node, Count: LineCount(node)))
        .Where(one => one.Count > MaxMethodLines)
        .Select(one => $"{PlaceOf(one.Node)}: {one.Count} lines"));

    public IEnumerable<string> FilesWithoutComment() => Trees()
        .Where(tree => !tree.GetText().ToString().StartsWith("// ", StringComparison.Ordinal))
        .Select(tree => $"{tree.FilePath}: does not open with a comment");

    /// <summary>Each file has the namespace of its folder; Program.cs has the product's.</summary>
    public IEnumerable<string> NamespacesUnlikeFolders() => Trees().SelectMany(tree =>
    {
        string folder = Path.GetDirectoryName(tree.FilePath)!.Replace('/', '.');
        string expected = folder.Length == 0 ? Product : $"{Product}.{folder}";
        string[] found = [.. tree.GetRoot().DescendantNodes()
            .OfType<BaseNamespaceDeclarationSyntax>().Select(one => one.Name.ToString())];
        return found is [string only] && only == expected
            ? []
            : new[] { $"{tree.FilePath}: namespace {string.Join(", ", found)}, not {expected}" };
    });

    /// <summary>Methods of tests that may return before their end: a row that asserts nothing.
    /// </summary>
    public IEnumerable<string> TestsThatReturnEarly() => Trees().SelectMany(tree => tree.GetRoot()
        .DescendantNodes().OfType<MethodDeclarationSyntax>().Where(IsTest)
        .SelectMany(method => method
            .DescendantNodes(node => node
                is not AnonymousFunctionExpressionSyntax and not LocalFunctionStatementSyntax)
            .OfType<ReturnStatementSyntax>())
        .Select(node => $"{PlaceOf(node)}: a test returns"));

    /// <summary>Threads whose exceptions would end the run, and folders that nobody removes.
    /// </summary>
    public IEnumerable<string> UnownedThreadsAndFolders()
    {
        (string Text, string Owner)[] owned =
        [
            ("new Thread(", "BackgroundWork.cs"),
            (".GetTempPath(", "TemporaryFolder.cs"),
            (".CreateTempSubdirectory(", "TemporaryFolder.cs"),
        ];
        return from tree in Trees()
               from one in owned
               where Path.GetFileName(tree.FilePath) != one.Owner
               from node in tree.GetRoot().DescendantNodes()
               where node is ObjectCreationExpressionSyntax or InvocationExpressionSyntax
                   && node.ToString().Contains(one.Text, StringComparison.Ordinal)
                   && !node.ChildNodes().Any(child => child.DescendantNodesAndSelf().Any(
                       inner => inner
                           is ObjectCreationExpressionSyntax or InvocationExpressionSyntax
                           && inner.ToString().Contains(one.Text, StringComparison.Ordinal)))
               select $"{PlaceOf(node)}: {one.Text}…) belongs into {one.Owner}";
    }

    private static Dictionary<string, string[]> AllowedLayers()
    {
        Dictionary<string, string[]> allowed = [];
        for (int i = 0; i < Layers.Length; i++) allowed[Layers[i]] = Layers[..i];
        foreach (string mode in Modes) allowed[mode] = Layers;
        string[] belowServer = [.. Layers.Except(["Load"])];
        string[] parts = ["Server.Session", "Server.Calls", "Server.Engine"];
        for (int i = 0; i < parts.Length; i++) allowed[parts[i]] = [.. belowServer, .. parts[..i]];
        allowed["Server"] = [.. belowServer, .. parts];
        allowed[ProgramLayer] = ["Interop", "Options", "Server", .. Modes];
        return allowed;
    }

    private IEnumerable<SyntaxTree> Trees() =>
        compilation.SyntaxTrees.Where(tree => tree.FilePath.Length > 0);

    private static string LayerOfPath(string path)
    {
        string folder = Path.GetDirectoryName(path)!.Replace('/', '.');
        if (folder.Length == 0) return ProgramLayer;
        return folder.StartsWith("Native.", StringComparison.Ordinal)
            ? folder["Native.".Length..]
            : folder;
    }

    /// <summary>The folder of a namespace of the product, null for others.</summary>
    private static string? LayerOf(INamespaceSymbol? space)
    {
        string name = space?.ToDisplayString() ?? "";
        if (name is Product) return ProgramLayer;
        if (!name.StartsWith(Product + ".", StringComparison.Ordinal)) return null;
        string folder = name[(Product.Length + 1)..];
        if (folder == "Native") return null;
        return folder.StartsWith("Native.", StringComparison.Ordinal)
            ? folder["Native.".Length..]
            : folder;
    }

    private IEnumerable<(string Layer, string Name)> UsedLayers(SyntaxTree tree)
    {
        SemanticModel model = compilation.GetSemanticModel(tree);
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
        {
            if (node is UsingDirectiveSyntax { NamespaceOrType: { } imported })
            {
                if (model.GetSymbolInfo(imported).Symbol is INamespaceSymbol space
                    && LayerOf(space) is { } folder)
                    yield return (folder, node.ToString());
                continue;
            }
            if (node is not (SimpleNameSyntax or BaseObjectCreationExpressionSyntax)) continue;
            ISymbol? symbol = SymbolOf(model, node);
            if (symbol is null or INamespaceSymbol) continue;
            if ("BuildInformation" == (symbol.ContainingType ?? symbol).Name) continue;
            if (LayerOf(symbol.ContainingNamespace) is { } layer)
                yield return (layer, symbol.ToDisplayString());
        }
    }

    private IEnumerable<string> CallsOfLibC(SyntaxTree tree)
    {
        SemanticModel model = compilation.GetSemanticModel(tree);
        return tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
            .Where(name => SymbolOf(model, name) is IMethodSymbol
            {
                ContainingType.Name: "LibC", ContainingNamespace.Name: "Linux",
            })
            .Select(name => $"{PlaceOf(name)}: calls {name}");
    }

    private static IEnumerable<string> Imports(SyntaxTree tree) => tree.GetRoot()
        .DescendantNodes().OfType<AttributeSyntax>()
        .Where(one => one.Name.ToString().Split('.')[^1].Replace(
            "Attribute", "", StringComparison.Ordinal) is "DllImport" or "LibraryImport")
        .Select(one => $"{PlaceOf(one)}: declares an import");

    private static ISymbol? SymbolOf(SemanticModel model, SyntaxNode node)
    {
        SymbolInfo info = model.GetSymbolInfo(node);
        return info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
    }

    private static bool IsTest(MethodDeclarationSyntax method) => method.AttributeLists
        .SelectMany(list => list.Attributes).Any(one => one.Name.ToString() is "Fact" or "Theory");

    private static int LineCount(SyntaxNode node)
    {
        FileLinePositionSpan span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static string PlaceOf(SyntaxNode node)
    {
        FileLinePositionSpan span = node.GetLocation().GetLineSpan();
        return $"{span.Path}:{span.StartLinePosition.Line + 1}";
    }
}
