// Tests run one after the other: the web server runs in this process, whose measurements and environment they share.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
