using School;

await using var school = await TrainingSchool.OpenAsync("memory:");
await school.RegisterAsync("Fido");
await school.AddTrickAsync("Fido", "roll over");
Console.WriteLine(await school.Repository.GetAsync<Dog>(Dog.CreateId("Fido")));
await foreach (var r in school.NotificationLog.ReadAllAsync()) Console.WriteLine(r);
