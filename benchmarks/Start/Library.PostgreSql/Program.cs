// The same work as Floor.PostgreSql, with the library and the aggregates of the sample, on PostgreSQL alone.
using School;

var (name, connection) = (args[0], args[1]);

await using var school = await TrainingSchool.OpenAsync(connection);
await school.RegisterAsync(name);
Console.WriteLine($"Registered {name}.");
var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId(name));
Console.WriteLine($"{dog.Name} knows no tricks yet.");
