using Microsoft.CodeAnalysis.Text;

namespace EventSourcing.Mutation;

/// <summary>One change of the source, as text that is inserted before and after a part of it. <c>§</c> stands for "this mutant is on".</summary>
/// <param name="File">The file, as it is shown.</param>
/// <param name="Member">The member that it is in.</param>
/// <param name="Line">The line, from 1 on.</param>
/// <param name="Span">The part that the text encloses.</param>
/// <param name="Before">The text before it.</param>
/// <param name="Behind">The text after it.</param>
/// <param name="Change">The original, and the mutant.</param>
/// <param name="IsOnce">Whether it is in the initial value of a static member, which is computed once in a process.</param>
internal sealed record Mutant(string File, string Member, int Line, TextSpan Span, string Before, string Behind, string Change, bool IsOnce = false)
{
    /// <summary>The name in the list of equivalent mutants, without the line, which changes.</summary>
    public string Name => $"{Path.GetFileName(File)} | {Member} | {Change}";

    public override string ToString() => $"{File}:{Line}: {Change}";
}
