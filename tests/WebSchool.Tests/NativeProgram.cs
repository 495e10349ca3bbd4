using EventSourcing.Testing;

namespace EventSourcing.WebSchool.Tests;

/// <summary>The sample, compiled natively, for all tests.</summary>
public sealed class NativeProgram() : PublishedProgram("samples/WebSchool", "WebSchool");
