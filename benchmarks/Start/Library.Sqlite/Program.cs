// The same work as Floor.Sqlite, with the library and the aggregates of the sample, on SQLite alone.
using School;

var (name, file) = (args[0], args[1]);

await using var school = await TrainingSchool.OpenAsync($"sqlite:///{file}");
await school.RegisterAsync(name);
Console.WriteLine($"Registered {name}.");
var dog = await school.Repository.GetAsync<Dog>(Dog.CreateId(name));
Console.WriteLine($"{dog.Name} knows no tricks yet.");
