using EventSourcing.Generators.Projections.Emitters;
using EventSourcing.Generators.Shared;

namespace EventSourcing.Generators.Projections;

/// <summary>Writes the file of a view; each part has its own emitter.</summary>
internal static class ViewEmitter
{
    public static void Write(ViewModel model, SourceWriter writer)
    {
        var code = new ColumnCode(model);
        model.Shell.Write(writer, $" : {model.Interface}", w =>
        {
            TableEmitter.Write(model, code, w);
            FoldEmitter.Write(model, w);
            RowEmitter.Write(model, code, w);
        });
        QueryEmitter.Write(model, code, writer);
    }
}
