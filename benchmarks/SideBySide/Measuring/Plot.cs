using System.Globalization;
using System.Net;
using System.Text;

namespace Benchmarks.Measuring;

/// <summary>The ratios as bars, with their aims as marks: an SVG for light and dark pages.</summary>
internal static class Plot
{
    private const int Width = 900;
    private const int Left = 340;
    private const int Right = 800;
    private const int Top = 74;
    private const int BarHeight = 15;
    private const int RowHeight = 19;
    private const int GroupGap = 9;

    // A longer bar is cut off; its number is written beside it.
    private const double Greatest = 2.25;

    private static readonly (string Engine, string Name)[] Engines =
    [
        ("sqlite-full", "SQLite, synchronous=FULL"), ("sqlite-normal", "SQLite, NORMAL"), ("postgresql", "PostgreSQL"), ("none", "no database"),
    ];

    private const string Style = """
        <style>
          .page { fill: #ffffff; }
          text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #24292f; }
          .title { font-size: 15px; font-weight: 600; }
          .small { font-size: 11px; fill: #57606a; }
          .grid { stroke: #d0d7de; }
          .one { stroke: #57606a; }
          .range { stroke: #24292f; }
          .aim { stroke: #cf222e; stroke-width: 3; }
          .sqlite-full { fill: #4c8dd9; }
          .sqlite-normal { fill: #9cc4f0; }
          .postgresql { fill: #d99a3d; }
          .none { fill: #8b949e; }
          @media (prefers-color-scheme: dark) {
            .page { fill: #0d1117; }
            text { fill: #e6edf3; }
            .small { fill: #9198a1; }
            .grid { stroke: #30363d; }
            .one { stroke: #9198a1; }
            .range { stroke: #e6edf3; }
            .aim { stroke: #ff7b72; }
            .sqlite-full { fill: #2f6db5; }
            .sqlite-normal { fill: #6f9fd3; }
            .postgresql { fill: #b0792a; }
            .none { fill: #6e7681; }
          }
        </style>
        """;

    public static void Write(string file, IReadOnlyList<Result> results)
    {
        var groups = results.GroupBy(r => r.Workload).ToList();
        var height = Top + results.Count * RowHeight + groups.Count * GroupGap + 34;
        var svg = new StringBuilder();
        Add(svg, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img" aria-label="The library beside hand-written code, ratios by workload">
            {Style}
            <rect class="page" width="100%" height="100%"/>
            <text class="title" x="16" y="24">The library beside hand-written code: ratio, the greater the better</text>
            """);
        Legend(svg, results);
        Axis(svg, height);

        var y = Top;
        foreach (var group in groups)
        {
            Add(svg, $"""<text x="16" y="{y + 12}">{group.Key}<tspan class="small" x="118">{Encode(Workloads.What(group.Key))}</tspan></text>""");
            foreach (var result in group)
            {
                Bar(svg, result, y);
                y += RowHeight;
            }

            y += GroupGap;
        }

        if (results.Any(r => r.IsDisturbed))
        {
            Add(svg, $"""<text class="small" x="16" y="{height - 14}">* others were busy meanwhile</text>""");
        }

        svg.Append("</svg>\n");
        File.WriteAllText(file, svg.ToString());
    }

    private static void Legend(StringBuilder svg, IReadOnlyList<Result> results)
    {
        var x = 16;
        foreach (var (engine, name) in Engines.Where(e => results.Any(r => r.Engine == e.Engine)))
        {
            Add(svg, $"""<rect class="{engine}" x="{x}" y="38" width="12" height="12"/><text class="small" x="{x + 17}" y="48">{name}</text>""");
            x += 36 + name.Length * 6;
        }

        Add(svg, $"""<line class="range" x1="{x}" x2="{x + 16}" y1="44" y2="44"/><text class="small" x="{x + 22}" y="48">least to greatest of the rounds</text>""");
        x += 210;
        Add(svg, $"""<line class="aim" x1="{x}" x2="{x}" y1="37" y2="51"/><text class="small" x="{x + 8}" y="48">aim</text>""");
    }

    private static void Axis(StringBuilder svg, int height)
    {
        for (var tick = 0.0; tick <= Greatest; tick += 0.25)
        {
            Add(svg, $"""<line class="{(tick == 1 ? "one" : "grid")}" x1="{X(tick):F1}" x2="{X(tick):F1}" y1="{Top - 6}" y2="{height - 30}"/>""");
            Add(svg, $"""<text class="small" x="{X(tick):F1}" y="{height - 14}" text-anchor="middle">{tick:0.##}</text>""");
        }
    }

    private static void Bar(StringBuilder svg, Result result, int y)
    {
        var ratio = result.Ratio;
        Add(svg, $"""<rect class="{result.Engine}" x="{Left}" y="{y}" width="{X(ratio.Median) - Left:F1}" height="{BarHeight}"><title>{Encode(Table.Line(result))}</title></rect>""");
        if (ratio.Max > ratio.Min && ratio.Min < Greatest)
        {
            Add(svg, $"""<line class="range" x1="{X(ratio.Min):F1}" x2="{X(ratio.Max):F1}" y1="{y + BarHeight / 2.0}" y2="{y + BarHeight / 2.0}"/>""");
        }

        if (result.Aim is { } aim)
        {
            Add(svg, $"""<line class="aim" x1="{X(aim):F1}" x2="{X(aim):F1}" y1="{y - 2}" y2="{y + BarHeight + 2}"/>""");
        }

        Add(svg, $"""<text class="small" x="{Right + 10}" y="{y + 12}">{ratio.Median:F2}{(ratio.Median > Greatest ? " »" : "")}{(result.IsDisturbed ? " *" : "")}</text>""");
    }

    private static double X(double ratio) => Left + (Right - Left) * Math.Min(ratio, Greatest) / Greatest;

    private static void Add(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
