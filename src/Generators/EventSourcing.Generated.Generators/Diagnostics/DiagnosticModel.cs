using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace EventSourcing.Generators.Diagnostics;

/// <summary>A diagnostic as values, for the pipeline of the generator.</summary>
internal sealed record DiagnosticModel
{
    public required string Id { get; init; }

    public required string Message { get; init; }

    /// <summary>The file; empty when the diagnostic has no place in the source.</summary>
    public required string FilePath { get; init; }

    public required int Start { get; init; }

    public required int Length { get; init; }

    public required int StartLine { get; init; }

    public required int StartCharacter { get; init; }

    public required int EndLine { get; init; }

    public required int EndCharacter { get; init; }

    public static DiagnosticModel Of(Diagnostic diagnostic)
    {
        // The compiler applies #line directives only to its own diagnostics.
        var lines = diagnostic.Location.GetMappedLineSpan();
        return new DiagnosticModel
        {
            Id = diagnostic.Id,
            Message = diagnostic.GetMessage(CultureInfo.InvariantCulture),
            FilePath = lines.IsValid ? lines.Path : "",
            Start = diagnostic.Location.SourceSpan.Start,
            Length = diagnostic.Location.SourceSpan.Length,
            StartLine = lines.StartLinePosition.Line,
            StartCharacter = lines.StartLinePosition.Character,
            EndLine = lines.EndLinePosition.Line,
            EndCharacter = lines.EndLinePosition.Character,
        };
    }

    public Diagnostic ToDiagnostic()
    {
        var rule = Rules.Get(Id);
        var location = FilePath.Length == 0
            ? Location.None
            : Location.Create(FilePath, new TextSpan(Start, Length), new LinePositionSpan(new(StartLine, StartCharacter), new(EndLine, EndCharacter)));
        return Diagnostic.Create(
            Id, rule.Category, Message, rule.DefaultSeverity, rule.DefaultSeverity, isEnabledByDefault: true, warningLevel: 0,
            title: rule.Title, helpLink: rule.HelpLinkUri, location: location, customTags: rule.CustomTags);
    }
}
