using Xunit;

namespace EventSourcing.Mutation
{
    /// <summary>The switch, as it is compiled into a mutated assembly.</summary>
    public static class MutantIsOn
    {
#pragma warning disable CA2211 // The process that runs the tests sets them.
        public static int Active;
        public static bool Met;
        public static Action<int>? Reached;
#pragma warning restore CA2211

        public static bool Is(int mutant)
        {
            Reached?.Invoke(mutant);
            if (mutant != Active)
            {
                return false;
            }

            Met = true;
            return true;
        }
    }
}

namespace EventSourcing.Mutation.Tests
{
    /// <summary>A mutated program, small enough to know which mutants its tests notice.</summary>
    internal static class Toy
    {
        private static readonly int Limit = MutantIsOn.Is(5) ? 11 : 10;
        private static bool _isBroken;

        public static bool IsSmall(int number)
        {
            if (MutantIsOn.Is(6))
            {
                _isBroken = true;
            }

            while (MutantIsOn.Is(4))
            {
                Thread.Sleep(1);
            }

            return !_isBroken && (MutantIsOn.Is(1) ? number >= Limit : MutantIsOn.Is(2) ? number <= Limit + 5 : number <= Limit);
        }

        public static int Unused() => MutantIsOn.Is(3) ? 1 : 2;
    }

    /// <summary>Its tests.</summary>
    public sealed class ToyTests
    {
        [Theory]
        [InlineData(3, true)]
        [InlineData(30, false)]
        public void Numbers(int number, bool isSmall) => Assert.Equal(isSmall, Toy.IsSmall(number));

        [Fact]
        public void The_number_behind_the_limit() => Assert.False(Toy.IsSmall(11) && !MutantIsOn.Is(2));

        [Fact]
        public void Nothing() => Assert.NotNull(new object());
    }
}
