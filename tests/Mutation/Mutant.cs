using Microsoft.CodeAnalysis.Text;

namespace EventSourcing.Mutation;

/// <summary>One change of the source, as text that is put before and behind a part of it. <c>§</c> stands for "this mutant is on".</summary>
internal sealed record Mutant(string File, string Member, int Line, TextSpan Span, string Before, string Behind, string Change)
{
    /// <summary>How it is named in the list of equivalent mutants: without the line, which changes.</summary>
    public string Name => $"{Path.GetFileName(File)} | {Member} | {Change}";

    public override string ToString() => $"{File}:{Line}: {Change}";
}
