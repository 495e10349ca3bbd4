using System.Globalization;

namespace School;

/// <summary>The command that the program was asked to run.</summary>
internal sealed record CommandLine(string Database, string? Command, string Name, string Trick, int? Number = null)
{
    public const string Usage = """
        Usage: TrainingSchool [--database URL] [COMMAND]

          register NAME          registers a dog
          add-trick NAME TRICK   teaches a dog a trick
          show NAME              prints what a dog knows
          tricks [NUMBER]        prints how many tricks each dog knows, or which dogs know this number
          log                    prints all events
          schema [ENGINE]        prints the script that creates the tables, for sqlite or postgresql

        Without a command, Fido is registered and taught two tricks, where he lacks them.
        The database is sqlite:///school.db, a file in the current directory, unless another is given:
        sqlite:///path/to/file.db, postgresql://user:password@host/database, or memory: for none.
        """;

    /// <summary>Reads the arguments of the program.</summary>
    /// <exception cref="FormatException">They make no sense; the message says why.</exception>
    public static CommandLine Parse(IEnumerable<string> arguments)
    {
        var rest = new Queue<string>(arguments);
        string? database = null;
        var words = new List<string>();
        while (rest.TryDequeue(out var argument))
        {
            if (argument == "--database")
            {
                if (database is not null)
                {
                    throw new FormatException("--database is given twice.");
                }

                database = rest.TryDequeue(out var url) && url.Length > 0 ? url : throw new FormatException("--database needs a URL.");
            }
            else if (argument is "--help" or "-h")
            {
                return new("", "help", "", "");
            }
            else if (argument.StartsWith('-'))
            {
                throw new FormatException($"There is no option {argument}.");
            }
            else if (string.IsNullOrWhiteSpace(argument))
            {
                throw new FormatException("An argument is empty.");
            }
            else
            {
                words.Add(argument);
            }
        }

        var (least, most) = words.FirstOrDefault() switch
        {
            null or "log" => (0, 0),
            "schema" or "tricks" => (0, 1),
            "register" or "show" => (1, 1),
            "add-trick" => (2, 2),
            var other => throw new FormatException($"There is no command {other}."),
        };
        if (words.Count > most + 1)
        {
            throw new FormatException($"'{words[0]}' has too many arguments. Put quotes around a name of several words.");
        }

        if (words.Count is > 0 && words.Count <= least)
        {
            throw new FormatException($"'{words[0]}' lacks {(words.Count == 1 ? "a NAME" : "a TRICK")}.");
        }

        if (words is ["schema", not ("sqlite" or "postgresql")])
        {
            throw new FormatException($"There is no engine {words[1]}; there are sqlite and postgresql.");
        }

        var number = 0;
        if (words is ["tricks", var text] && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            throw new FormatException($"{text} isn't a number of tricks.");
        }

        return new(
            database ?? "sqlite:///school.db", words.ElementAtOrDefault(0), words.ElementAtOrDefault(1) ?? "", words.ElementAtOrDefault(2) ?? "",
            words is ["tricks", _] ? number : null);
    }
}
