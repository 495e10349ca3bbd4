using System.Text.Json;

namespace Benchmarks.Measuring;

/// <summary>Results as lines of JSON: one for each system, the floor's before the library's.</summary>
internal static class JsonLines
{
    private const string FloorName = "floor";
    private const string LibraryName = "library";

    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(string file, IEnumerable<Result> results)
    {
        using var stream = File.Create(file);
        foreach (var result in results)
        {
            if (result.Floor is { } floor)
            {
                Write(stream, result, FloorName, floor);
            }

            Write(stream, result, LibraryName, result.Library);
        }
    }

    /// <summary>Reads the lines that this or another program wrote.</summary>
    public static IEnumerable<Result> Read(string file)
    {
        var floors = new Dictionary<(string, string), Spread>();
        foreach (var line in File.ReadLines(file).Where(l => l.Length > 0))
        {
            using var document = JsonDocument.Parse(line);
            var o = document.RootElement;
            var (workload, engine) = (Text("workload")!, Text("engine")!);
            var value = Spread("value", "min", "max")!.Value;
            if (Text("system") == FloorName)
            {
                floors[(workload, engine)] = value;
                continue;
            }

            yield return new(
                workload, engine, Text("unit")!, (int)(Number("rounds") ?? 1), floors.TryGetValue((workload, engine), out var floor) ? floor : null,
                value, Spread("ratio", "ratioMin", "ratioMax") ?? throw new FormatException($"No ratio: {line}"), Number("aim"), Number("busy") ?? 0)
            {
                Note = Text("note"),
            };

            string? Text(string name) => o.TryGetProperty(name, out var p) ? p.GetString() : null;

            double? Number(string name) => o.TryGetProperty(name, out var p) && p.ValueKind == JsonValueKind.Number ? p.GetDouble() : null;

            Spread? Spread(string median, string min, string max) =>
                Number(median) is { } m ? new Spread(m, Number(min) ?? m, Number(max) ?? m) : null;
        }
    }

    private static void Write(Stream stream, Result result, string system, Spread values)
    {
        using (var writer = new Utf8JsonWriter(stream, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("workload", result.Workload);
            writer.WriteString("engine", result.Engine);
            writer.WriteString("system", system);
            writer.WriteNumber("value", Round(values.Median));
            writer.WriteString("unit", result.Unit);
            writer.WriteNumber("min", Round(values.Min));
            writer.WriteNumber("max", Round(values.Max));
            writer.WriteNumber("rounds", result.Rounds);
            writer.WriteNumber("busy", Round(result.Busy));
            if (system == LibraryName)
            {
                writer.WriteNumber("ratio", Round(result.Ratio.Median));
                writer.WriteNumber("ratioMin", Round(result.Ratio.Min));
                writer.WriteNumber("ratioMax", Round(result.Ratio.Max));
                if (result.Aim is { } aim)
                {
                    writer.WriteNumber("aim", aim);
                }

                if (result.Note is { } note)
                {
                    writer.WriteString("note", note);
                }
            }

            writer.WriteEndObject();
        }

        stream.Write("\n"u8);
    }

    private static double Round(double value) => Math.Round(value, value >= 100 ? 1 : 4);
}
