// The web server runs in this process, whose measurements and environment the tests share: one after the other.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]
