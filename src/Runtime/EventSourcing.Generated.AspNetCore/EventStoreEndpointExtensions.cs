#pragma warning disable RS0026 // The overloads differ in their first parameter, so that none can become ambiguous.

using EventSourcing;
using EventSourcing.AspNetCore;
using EventSourcing.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Gives endpoints their sessions.</summary>
public static class EventStoreEndpointExtensions
{
    /// <summary>
    /// Gives each request a session and commits it when the handler has returned, before its result becomes a response; a failed commit turns the
    /// response into an error. After an exception, and for a result with a status code of 400 or more, it is rolled back.
    /// </summary>
    /// <typeparam name="TApplication">The application.</typeparam>
    /// <param name="builder">The endpoint.</param>
    /// <param name="configure">Sets what counts as success.</param>
    /// <remarks>
    /// The result itself is executed after the commit and isn't held back, so it may stream. Direct writes of the handler are held back as for
    /// <see cref="EventStoreApplicationBuilderExtensions.UseCommitOnSuccess{TApplication}"/>.
    /// </remarks>
    public static RouteHandlerBuilder WithCommitOnSuccess<TApplication>(this RouteHandlerBuilder builder, Action<CommitOnSuccessOptions>? configure = null)
        where TApplication : class, IEventSourcedApplication => builder.AddEndpointFilter(CreateFilter<TApplication>(configure));

    /// <inheritdoc cref="WithCommitOnSuccess{TApplication}(RouteHandlerBuilder, Action{CommitOnSuccessOptions}?)"/>
    /// <param name="builder">The group of endpoints.</param>
    /// <param name="configure">Sets what counts as success.</param>
    public static RouteGroupBuilder WithCommitOnSuccess<TApplication>(this RouteGroupBuilder builder, Action<CommitOnSuccessOptions>? configure = null)
        where TApplication : class, IEventSourcedApplication => builder.AddEndpointFilter(CreateFilter<TApplication>(configure));

    /// <summary>Leaves endpoints without a session, as <see cref="WithoutRequestSessionAttribute"/> does.</summary>
    /// <typeparam name="TBuilder">The type of the builder.</typeparam>
    /// <param name="builder">The endpoints.</param>
    public static TBuilder WithoutRequestSession<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new WithoutRequestSessionAttribute());

    private static CommitOnSuccessFilter<TApplication> CreateFilter<TApplication>(Action<CommitOnSuccessOptions>? configure)
        where TApplication : class, IEventSourcedApplication => new(new CommitOnSuccess<TApplication>(configure, isForEndpoints: true));
}
