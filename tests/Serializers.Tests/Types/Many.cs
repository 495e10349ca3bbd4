namespace EventSourcing.Serializers.Tests.Types;

/// <summary>Events with topics of one length, more than the generated code compares one by one.</summary>
[EventSourced]
public sealed partial class Many
{
    public int Last { get; private set; }

    [Event("E01")]
    public partial Many(int value);

    private void Apply(E01 e) => Last = 1;

    [Event("E02")]
    public partial void Do02(int value);

    private void Apply(E02 e) => Last = 2;

    [Event("E03")]
    public partial void Do03(int value);

    private void Apply(E03 e) => Last = 3;

    [Event("E04")]
    public partial void Do04(int value);

    private void Apply(E04 e) => Last = 4;

    [Event("E05")]
    public partial void Do05(int value);

    private void Apply(E05 e) => Last = 5;

    [Event("E06")]
    public partial void Do06(int value);

    private void Apply(E06 e) => Last = 6;

    [Event("E07")]
    public partial void Do07(int value);

    private void Apply(E07 e) => Last = 7;

    [Event("E08", Topic = "Many.E0'")]
    public partial void Do08(int value);

    private void Apply(E08 e) => Last = 8;

    [Event("E10", Topic = "Many.E0\\")]
    public partial void Do10(int value);

    private void Apply(E10 e) => Last = 10;

    [Event("E11", Topic = "Many.Eü")]
    public partial void Do11(int value);

    private void Apply(E11 e) => Last = 11;

    [Event("E12", Topic = "Many.E13")]
    public partial void Do12(int value);

    private void Apply(E12 e) => Last = 12;
}
