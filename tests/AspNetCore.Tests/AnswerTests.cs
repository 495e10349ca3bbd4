using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;

namespace AspNetCore.Tests;

/// <summary>The answer of a request that is committed on success: when it is sent, and what happens to it when the commit fails.</summary>
public sealed class AnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_written_before_an_exception_is_not_sent()
    {
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await kennel.RegisterAsync("Fido");
            await context.Response.WriteAsync("all is well");
            throw new InvalidOperationException();
        });

        var (status, body) = await server.SendAsync(HttpMethod.Post, "/");

        Assert.Equal(500, status);
        Assert.DoesNotContain("all is well", body, StringComparison.Ordinal);
        Assert.False(await server.Kennel.HasAsync("Fido"));
    }

    [Theory]
    [InlineData("writer")]
    [InlineData("stream")]
    [InlineData("json")]
    [InlineData("long")]
    public async Task The_answer_is_not_sent_when_the_commit_fails(string how)
    {
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await ConflictAsync(kennel);
            context.Response.Headers["X-Done"] = "yes";
            await WriteAsync(context.Response, how);
        });

        using var response = await server.Client.PostAsync("/", null, Token);

        Assert.Equal(409, (int)response.StatusCode);
        Assert.False(response.Headers.Contains("X-Done"));
        Assert.DoesNotContain("all is well", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.False(await server.Kennel.HasAsync("Rex"));
    }

    [Theory]
    [InlineData("writer", "all is well")]
    [InlineData("stream", "all is well")]
    [InlineData("json", "\"all is well\"")]
    public async Task The_answer_is_sent_when_the_commit_succeeded(string how, string expected)
    {
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await kennel.RegisterAsync("Fido");
            context.Response.StatusCode = 201;
            await WriteAsync(context.Response, how);
        });

        Assert.Equal((201, expected), await server.SendAsync(HttpMethod.Post, "/"));
        Assert.True(await server.Kennel.HasAsync("Fido"));
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("POST", 204)]
    [InlineData("POST", 302)]
    [InlineData("POST", 304)]
    public async Task Answers_without_a_body_wait_for_the_commit_too(string method, int status)
    {
        var fails = false;
        await using var server = await StartAsync(async (kennel, context) =>
        {
            if (fails)
            {
                await ConflictAsync(kennel);
            }
            else
            {
                await kennel.RegisterAsync("Fido");
            }

            context.Response.StatusCode = status;
            if (status == 302)
            {
                context.Response.Headers.Location = "/elsewhere";
            }

            if (method == "HEAD")
            {
                await context.Response.WriteAsync("not sent");
            }
        });

        Assert.Equal((status, ""), await server.SendAsync(new HttpMethod(method), "/"));
        Assert.True(await server.Kennel.HasAsync("Fido"));
        fails = true;
        Assert.Equal(409, (await server.SendAsync(new HttpMethod(method), "/")).Status);
        Assert.False(await server.Kennel.HasAsync("Rex"));
    }

    [Fact]
    public async Task A_body_that_the_server_would_refuse_is_refused_before_the_commit()
    {
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await kennel.RegisterAsync("Fido");
            context.Response.StatusCode = 204;
            await context.Response.WriteAsync("all is well");
        });

        Assert.Equal(500, await server.PostAsync("/"));
        Assert.False(await server.Kennel.HasAsync("Fido"));
    }

    /// <summary>Each case is a way to ask that the bytes written so far be sent now.</summary>
    [Theory]
    [InlineData("flush")]
    [InlineData("unbuffered")]
    [InlineData("unbuffered stream")]
    [InlineData("type")]
    [InlineData("limit")]
    [InlineData("limit of the stream")]
    public async Task A_handler_that_streams_is_committed_when_it_begins_to_stream(string how)
    {
        var goOn = new TaskCompletionSource();
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await kennel.RegisterAsync("Fido");
            await StreamAsync(context, how);
            await goOn.Task;
            await kennel.RegisterAsync("Rex");
            await context.Response.WriteAsync(" end", Token);
        });

        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await using var stream = await response.Content.ReadAsStreamAsync(Token);
        Assert.Equal('b', stream.ReadByte());
        Assert.True(await server.Kennel.HasAsync("Fido"));
        Assert.False(await server.Kennel.HasAsync("Rex"));
        goOn.SetResult();
        using var reader = new StreamReader(stream);
        Assert.EndsWith(" end", await reader.ReadToEndAsync(Token), StringComparison.Ordinal);
        Assert.True(await server.Kennel.HasAsync("Rex"));
    }

    [Theory]
    [InlineData("flush")]
    [InlineData("unbuffered")]
    [InlineData("unbuffered stream")]
    [InlineData("type")]
    [InlineData("limit")]
    [InlineData("limit of the stream")]
    public async Task A_stream_whose_commit_fails_does_not_begin(string how)
    {
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await ConflictAsync(kennel);
            await StreamAsync(context, how);
        });

        Assert.Equal(409, await server.PostAsync("/"));
        Assert.False(await server.Kennel.HasAsync("Rex"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_the_answer_has_begun_a_failure_aborts_it_and_loses_only_later_saves(bool throws)
    {
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await kennel.RegisterAsync("Lassie");
            await StreamAsync(context, "flush");
            await ConflictAsync(kennel);
            if (throws)
            {
                throw new InvalidOperationException();
            }
        });

        using var request = new HttpRequestMessage(HttpMethod.Post, "/");
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync(Token));
        Assert.True(await server.Kennel.HasAsync("Lassie"));
        Assert.False(await server.Kennel.HasAsync("Rex"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Server_sent_events_arrive_as_they_are_sent(bool asFilter)
    {
        var goOn = new TaskCompletionSource();
        await using var server = await WebServer.StartAsync(TestStore.Memory, app =>
        {
            if (!asFilter)
            {
                app.UseCommitOnSuccess<Kennel>();
            }

            var endpoint = app.MapGet("/", async (Kennel kennel) =>
            {
                await kennel.RegisterAsync("Fido");
                return TypedResults.ServerSentEvents(TwoAsync(goOn.Task));
            });
            if (asFilter)
            {
                endpoint.WithCommitOnSuccess<Kennel>();
            }
        });

        using var response = await server.Client.GetAsync(new Uri("/", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal("data: one", await reader.ReadLineAsync(Token));
        Assert.True(await server.Kennel.HasAsync("Fido"));
        goOn.SetResult();
        Assert.Contains("data: two", await reader.ReadToEndAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_sent_unchanged_after_the_commit()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, new string('x', 200_000), Token);
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await kennel.RegisterAsync("Fido");
            await Results.File(path, "text/plain").ExecuteAsync(context);
        });

        Assert.Equal(200_000, (await server.SendAsync(HttpMethod.Post, "/")).Body.Length);
        Assert.True(await server.Kennel.HasAsync("Fido"));
        File.Delete(path);
    }

    [Fact]
    public async Task An_endpoint_can_opt_out_of_commit_on_success()
    {
        await using var server = await WebServer.StartAsync(TestStore.Memory, app =>
        {
            app.UseCommitOnSuccess<Kennel>();
            app.MapPost("/", async (Kennel kennel) =>
            {
                await kennel.RegisterAsync("Fido");
                throw new InvalidOperationException();
            }).WithoutRequestSession();
        });

        Assert.Equal(500, await server.PostAsync("/"));
        Assert.True(await server.Kennel.HasAsync("Fido"));
    }

    [Theory, InlineData("write"), InlineData("advance"), InlineData("one write"), InlineData("one write into the writer")]
    public async Task A_long_answer_that_is_not_awaited_is_committed_at_the_limit_too(string how)
    {
        const int Length = 100 << 20;
        var finished = new TaskCompletionSource<bool>();
        await using var server = await StartAsync(async (kennel, context) =>
        {
            context.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
            await kennel.RegisterAsync("Fido");
            var (piece, response) = (new byte[1 << 20], context.Response);
            switch (how)
            {
                case "write":
                    for (var i = 0; i < Length / piece.Length; i++)
                    {
                        response.Body.Write(piece);
                    }

                    break;
                case "advance":
                    for (var i = 0; i < Length / piece.Length; i++)
                    {
                        response.BodyWriter.Write(piece);
                    }

                    break;
                default:
                    var whole = new byte[Length];
                    if (how == "one write")
                    {
                        await response.Body.WriteAsync(whole, Token);
                    }
                    else
                    {
                        await response.BodyWriter.WriteAsync(whole, Token);
                    }

                    break;
            }

            var isStored = false;
            await kennel.ByAnotherCallerAsync(async k => isStored = await k.HasAsync("Fido"));
            finished.SetResult(isStored);
        });

        using var answer = await server.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal(200, (int)answer.StatusCode);
        await using var body = await answer.Content.ReadAsStreamAsync(Token);
        var (read, buffer) = (0L, new byte[1 << 16]);
        for (int count; (count = await body.ReadAsync(buffer, Token)) > 0;)
        {
            read += count;
        }

        Assert.Equal(Length, read);
        Assert.True(await finished.Task.WaitAsync(Token));
    }

    [Fact]
    public async Task Synchronous_writes_are_refused_where_the_server_refuses_them()
    {
        await using var server = await StartAsync(async (kennel, context) =>
        {
            await kennel.RegisterAsync("Fido");
            context.Response.Body.Write("all is well"u8);
        });

        Assert.Equal(500, await server.PostAsync("/"));
        Assert.False(await server.Kennel.HasAsync("Fido"));
    }

    private static async IAsyncEnumerable<string> TwoAsync(Task goOn, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return "one";
        await goOn.WaitAsync(cancellationToken);
        yield return "two";
    }

    private static async Task WriteAsync(HttpResponse response, string how)
    {
        switch (how)
        {
            case "writer":
                await response.WriteAsync("all is ", Token);
                await response.WriteAsync("well", Token);
                break;
            case "stream":
                await response.Body.WriteAsync("all is well"u8.ToArray(), Token);
                break;
            case "json":
                await response.WriteAsJsonAsync("all is well", Token);
                break;
            default:
                await response.WriteAsJsonAsync(Enumerable.Repeat("all is well", 20_000), Token);
                break;
        }
    }

    private static async Task StreamAsync(HttpContext context, string how)
    {
        var (response, much) = (context.Response, "begin" + new string('.', 70_000));
        switch (how)
        {
            case "unbuffered":
                context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
                await response.WriteAsync("begin", Token);
                break;
            case "unbuffered stream":
                context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
                await response.Body.WriteAsync("begin"u8.ToArray(), Token);
                break;
            case "type":
                response.ContentType = "text/event-stream; charset=utf-8";
                await response.WriteAsync("begin", Token);
                break;
            case "limit":
                await response.WriteAsync(much, Token);
                break;
            case "limit of the stream":
                await response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(much), Token);
                await response.BodyWriter.FlushAsync(Token);
                break;
            default:
                await response.WriteAsync("begin", Token);
                await response.Body.FlushAsync(Token);
                break;
        }
    }

    /// <summary>Saves a new dog, and a dog that can't be committed.</summary>
    private static async Task ConflictAsync(Kennel kennel)
    {
        await kennel.RegisterAsync("Rex");
        await kennel.RegisterAsync("Fifi");
        await kennel.ByAnotherCallerAsync(k => k.RegisterAsync("Fifi"));
    }

    private static Task<WebServer> StartAsync(Func<Kennel, HttpContext, Task> handler) => WebServer.StartAsync(TestStore.Memory, app =>
    {
        app.UseCommitOnSuccess<Kennel>();
        app.Run(context => handler(context.RequestServices.GetRequiredService<Kennel>(), context));
    });
}
