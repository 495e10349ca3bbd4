namespace EventSourcing.Generators.Tests.Typing;

/// <summary>Programs to be typed: the README's example, and two with most features of the language and the library.</summary>
internal static class TypedPrograms
{
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["School"] = School.ReplaceLineEndings("\n"),
        ["Shop"] = Shop.ReplaceLineEndings("\n"),
        ["Zoo"] = Zoo.ReplaceLineEndings("\n"),
    };

    private const string School = """
        using EventSourcing;

        [EventSourced]
        public sealed partial class Dog
        {
            public string Name { get; private set; }
            public List<string> Tricks { get; } = [];

            public static Guid CreateId(string name) => UuidV5.Create(UuidV5.Url, $"/dogs/{name}");

            [Event("Registered")]
            public partial Dog(string name);
            private void Apply(Registered e) => Name = e.Name;

            [Event("TrickAdded")]
            public partial void AddTrick(string trick);
            private void Apply(TrickAdded e) => Tricks.Add(e.Trick);
        }

        [EventSourcedApplication(typeof(Dog))]
        public sealed partial class TrainingSchool
        {
            public async Task RegisterAsync(string name) => await SaveAsync(new Dog(name));

            public async Task AddTrickAsync(string name, string trick)
            {
                var dog = await Repository.GetAsync<Dog>(Dog.CreateId(name));
                dog.AddTrick(trick);
                await SaveAsync(dog);
            }
        }
        """;

    // Ids, value objects, collections, generics, nesting, raw strings, attributes, defaults, records of the user.
    private const string Shop = """"
        using System.ComponentModel;
        using System.Linq;
        namespace Shop;

        /// <summary>The id of an <see cref="Orders.Order"/>.</summary>
        public readonly record struct OrderId(Guid Value);

        public enum State { Open = 1, Paid, [Description("gone")] Sent }

        public sealed record Money(decimal Amount, string Currency = "EUR");

        public sealed record Line(string Article, int Count, Money Price)
        {
            public Dictionary<string, int[]>? Options { get; init; }
        }

        public static partial class Orders
        {
            [EventSourced("shop:Order")]
            public sealed partial class Order
            {
                private const string Text = """
                    { "name": "{0}" }
                    """;

                private readonly List<Line> _lines = [];
                private readonly Dictionary<string, (int Count, DateOnly? On)> _stock = new();

                public State State { get; private set; } = State.Open;
                public IReadOnlyList<Line> Lines => _lines;
                public Money? Paid { get; private set; }

                public static OrderId CreateId(string customer, int number) => new(UuidV5.Create(UuidV5.Url, $"/{customer}/{number:D4}"));

                [Event("Placed", FormerTopics = ["Order.Created"])]
                public partial Order(string customer, int number, DateTimeOffset timestamp);
                private void Apply(Placed e, EventHeader header) => (State, Customer) = (State.Open, $"{e.Customer} {header.Version}");

                public string Customer { get; private set; }

                /// <summary>Adds a line.</summary>
                [Event("LineAdded", TypeName = "Added")]
                public partial void Add(string article, Money price, int count = 1, string[]? options = null);
                private void Apply(Added e)
                {
                    if (e.Options is { Length: > 0 } && !_stock.TryGetValue(e.Article, out _))
                        _stock[e.Article] = (e.Count, null);
                    _lines.Add(new Line(e.Article, e.Count, e.Price));
                }

                [Event("Counted")]
                public sealed partial record Counted(IReadOnlyDictionary<string, (int Count, DateOnly? On)> Stock, [property: Obsolete] byte[]? Note = null)
                {
                    public HashSet<State> States { get; init; } = [];
                }
                private void Apply(Counted e)
                {
                    foreach (var (article, stock) in e.Stock)
                        _stock[article] = stock;
                }

                public void Count() => Raise(new Counted(_stock) { States = [State.Open] });

                [Event("Paid", TypeName = "PaidEvent")]
                private partial void PayCore(Money amount, List<List<int?>> parts);
                private void Apply(PaidEvent e) => (State, Paid) = (State.Paid, e.Amount);

                public void Pay(Money amount)
                {
                    if (State != State.Open)
                        throw new InvalidOperationException(Text);
                    PayCore(amount, [[1, null], [2]]);
                }
            }

            [EventSourcedApplication(typeof(Order), TablePrefix = "shop", CreateTables = true)]
            [EventSourcing.PostgreSql.PostgreSqlTables(Schema = "trade", NotifyInTransaction = true)]
            public sealed partial class Store
            {
                private readonly TimeProvider _time;

                public Store(ApplicationContext context, TimeProvider time) : base(context) => _time = time;

                public DateTimeOffset Now => _time.GetUtcNow();

                public async Task<int> CountAsync(OrderId id, CancellationToken cancellationToken = default)
                {
                    var order = await Repository.TryGetAsync<Order>(id, cancellationToken: cancellationToken);
                    return order?.Lines.Sum(l => l.Count) ?? 0;
                }
            }
        }
        """";

    // Inheritance, factories, defaults of all kinds.
    private const string Zoo = """
        [EventSourced]
        public abstract partial class Animal
        {
            public string Name { get; protected set; } = "";
            protected int Weight { get; set; }

            [Event("Renamed")]
            public partial void Rename(string name);
            private void Apply(Renamed e) => Name = e.Name;

            [Event("Weighed")]
            protected partial void Weigh(int weight, TimeSpan? after);
            private void Apply(Weighed e) => Weight = checked(Weight + e.Weight);
        }

        [EventSourced, System.ComponentModel.Description("It meows.")]
        public partial class Cat : Animal
        {
            [Event("Found")]
            public static partial Cat Find(Guid id, string name);
            private void Apply(Found e) => Name = e.Name;

            [Event("Born")]
            public partial Cat(Guid id, Guid? mother, (int X, int Y) at);
            private void Apply(Born e)
            {
            }

            public void Feed<T>(T food) where T : struct, IComparable<T> => Weigh(food.CompareTo(default), null);
        }

        [EventSourced]
        public sealed partial class Fish : Animal
        {
            [Event("Caught")]
            public partial Fish(Guid id, decimal price, char mark = 'x', long? depth = null, string text = "a\"b");
            private void Apply(Caught e) => Name = @$"fish ""{e.Mark}"" {e.Text}";
        }

        [EventSourcedApplication(typeof(Fish), typeof(Cat))]
        public sealed partial class Zoo
        {
            public async IAsyncEnumerable<string> NamesAsync()
            {
                await foreach (var recording in NotificationLog.ReadAllAsync())
                {
                    if (recording.Event is Fish.Caught { Price: > 1m } caught)
                        yield return caught.ToString();
                }
            }
        }
        """;
}
