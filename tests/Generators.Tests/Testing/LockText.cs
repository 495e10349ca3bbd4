using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace EventSourcing.Generators.Tests.Testing;

/// <summary>A lock file that the compiler gets as an additional file.</summary>
internal sealed class LockText(string text) : AdditionalText
{
    public override string Path => "/project/projections.lock";

    public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
}
