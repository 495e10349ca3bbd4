using System.ComponentModel;
using EventSourcing.Recording;

namespace EventSourcing.CompilerServices;

/// <summary>What generated code of projections with handlers calls. Thread safe.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ProjectionServices
{
    /// <summary>Returns what stands for a projection with handlers in a recorder.</summary>
    /// <typeparam name="THandler">The class.</typeparam>
    /// <typeparam name="TKey">The type of the store's keys.</typeparam>
    public static ViewSql SqlOf<THandler, TKey>()
        where THandler : class, IProjectionHandler<THandler, TKey>
        where TKey : notnull => ViewSql.OfHandlers(THandler.Table);

    /// <summary>Returns the services of the program.</summary>
    /// <param name="provider">The services; null for none.</param>
    /// <exception cref="StoreConfigurationException">There are none.</exception>
    public static IServiceProvider Require(IServiceProvider? provider) => provider ?? throw new StoreConfigurationException(
        "A projection takes services in its constructor, but the store was opened without any: register the application for dependency injection with its generated Add method, or set EventStoreOptions.Services.");
}
