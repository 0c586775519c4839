using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OpenAI.Chat;

namespace Octomil.Inference.Tests.Serving;

public sealed class ServingTests
{
    private static readonly object Patient = new { age = 63, chol = 233, cp = "3" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Chat_ByTheOpenAiClient_NamesTheClassAndTheProbabilities()
    {
        await using var fixture = await ServerFixture.StartAsync();
        var (_, predicted) = await fixture.PostAsync("/v1/predict", new { inputs = Patient });
        var expected = predicted.GetProperty("predictions")[0];
        var name = expected.GetProperty("prediction").GetString()!;

        ChatCompletion answer = await fixture.Chat().CompleteChatAsync([new UserChatMessage("""{"age": 63, "chol": 233, "cp": "3"}""")], cancellationToken: Token);

        var text = answer.Content[0].Text;
        var probability = expected.GetProperty("probabilities").GetProperty(name).GetDouble();
        Assert.StartsWith(FormattableString.Invariant($"{name} (probability {probability:0.000})"), text, StringComparison.Ordinal);
        Assert.Contains("healthy", text, StringComparison.Ordinal);
        Assert.Contains("ill", text, StringComparison.Ordinal);
        Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
    }

    [Fact]
    public async Task Chat_Streamed_IsTheSameText()
    {
        await using var fixture = await ServerFixture.StartAsync();
        ChatMessage[] messages = [new UserChatMessage("age,chol,cp\n63,233,3\n50,200,1")];
        ChatCompletion whole = await fixture.Chat().CompleteChatAsync(messages, cancellationToken: Token);

        var text = new StringBuilder();
        await foreach (var update in fixture.Chat().CompleteChatStreamingAsync(messages, cancellationToken: Token))
        {
            text.AppendJoin("", update.ContentUpdate.Select(part => part.Text));
        }

        Assert.Equal(whole.Content[0].Text, text.ToString());
        Assert.StartsWith("1. ", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WithoutAnyInput_SaysWhatTheModelExpects()
    {
        await using var fixture = await ServerFixture.StartAsync(TestModels.Scan);

        ChatCompletion answer = await fixture.Chat().CompleteChatAsync([new UserChatMessage("Classify this scan.")], cancellationToken: Token);

        Assert.Contains("8 x 8 pixels", answer.Content[0].Text, StringComparison.Ordinal);
        Assert.Contains("normal, pneumonia", answer.Content[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_WithAnImagePart_ClassifiesIt()
    {
        await using var fixture = await ServerFixture.StartAsync(TestModels.Scan);
        var png = Convert.FromBase64String(TestModels.Png().Split(',')[1]);

        ChatCompletion answer = await fixture.Chat().CompleteChatAsync(
            [new UserChatMessage(ChatMessageContentPart.CreateTextPart("Classify this scan."), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(png), "image/png"))],
            cancellationToken: Token);

        Assert.Matches("^(normal|pneumonia) \\(probability 0\\.\\d{3}\\)", answer.Content[0].Text);
    }

    [Fact]
    public async Task Chat_InJsonMode_AnswersWithJson()
    {
        await using var fixture = await ServerFixture.StartAsync();

        ChatCompletion answer = await fixture.Chat().CompleteChatAsync(
            [new UserChatMessage("63,233,3")], new ChatCompletionOptions { ResponseFormat = ChatResponseFormat.CreateJsonObjectFormat() }, Token);

        var json = JsonDocument.Parse(answer.Content[0].Text).RootElement;
        Assert.Equal(1, json.GetProperty("predictions")[0].GetProperty("probabilities").EnumerateObject().Sum(part => part.Value.GetDouble()), 5);
    }

    [Fact]
    public async Task Predict_OfRegression_GivesNumbers()
    {
        await using var fixture = await ServerFixture.StartAsync(TestModels.Price);

        var (status, json) = await fixture.PostAsync("/v1/predict", new { model = "radiology-v1", inputs = new[] { new { area = 10, rooms = 2 }, new { area = 20, rooms = 3 } } });

        Assert.Equal(200, status);
        Assert.Equal(2, json.GetProperty("predictions").GetArrayLength());
        Assert.Equal(JsonValueKind.Number, json.GetProperty("predictions")[0].GetProperty("prediction").ValueKind);
    }

    [Fact]
    public async Task Predict_WithAMissingNumber_TakesTheMean()
    {
        await using var fixture = await ServerFixture.StartAsync(TestModels.Iris);

        // Before a statistics round the mean is 0 and the deviation 1.
        var (_, absent) = await fixture.PostAsync("/v1/predict", new { inputs = new { length = 1.5 } });
        var (_, zero) = await fixture.PostAsync("/v1/predict", new { inputs = new { length = 1.5, width = 0 } });

        Assert.Equal(zero.GetProperty("predictions").GetRawText(), absent.GetProperty("predictions").GetRawText());
        Assert.Equal("width", absent.GetProperty("missing_features")[0].GetString());
    }

    [Theory]
    [InlineData("/v1/chat/completions", """{"model": "other", "messages": [{"role": "user", "content": "1,2,3"}]}""", 404, "model_not_found")]
    [InlineData("/v1/chat/completions", """{"messages": []}""", 400, "invalid_request")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "system", "content": "hi"}]}""", 400, "invalid_request")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": 7}]}""", 400, "invalid_request")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}""", 400, "invalid_request")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "1,2,3"}], "n": 2}""", 400, "invalid_request")]
    [InlineData("/v1/chat/completions", "not json", 400, "invalid_request")]
    [InlineData("/v1/chat/completions", "null", 400, "invalid_request")]
    [InlineData("/v1/chat/completions", "", 400, "invalid_request")]
    [InlineData("/v1/predict", "{}", 400, "invalid_request")]
    [InlineData("/v1/predict", """{"inputs": {"aeg": 63}}""", 400, "invalid_request")]
    [InlineData("/v1/embeddings", "{}", 404, "not_found")]
    public async Task Post_OfWhatCannotBeAnswered_IsAnErrorThatOpenAiClientsRead(string path, string body, int status, string code)
    {
        await using var fixture = await ServerFixture.StartAsync();

        using var response = await fixture.Http.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), Token);

        Assert.Equal(status, (int)response.StatusCode);
        var error = (await response.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Chat_OfTenMegabytes_IsTooLargeAndTheServerGoesOn()
    {
        await using var fixture = await ServerFixture.StartAsync();

        var (status, json) = await fixture.PostAsync("/v1/chat/completions", new { messages = new[] { new { role = "user", content = new string('x', 10 << 20) } } });

        Assert.Equal(413, status);
        Assert.Contains("8 MiB", json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await fixture.Http.GetAsync("/health", Token)).StatusCode);
    }

    [Fact]
    public async Task BeforeAnyVersion_EverythingSaysSo()
    {
        await using var fixture = await ServerFixture.StartAsync(architecture: null);

        var (status, json) = await fixture.PostAsync("/v1/predict", new { inputs = Patient });

        Assert.Equal(503, status);
        Assert.Equal("model_not_ready", json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fixture.Http.GetAsync("/health", Token)).StatusCode);
        Assert.Equal("""{"object":"list","data":[]}""", await fixture.Http.GetStringAsync("/v1/models", Token));
    }

    [Fact]
    public async Task Models_ListsTheServedVersion()
    {
        await using var fixture = await ServerFixture.StartAsync();

        var models = await fixture.Http.GetFromJsonAsync<JsonElement>("/v1/models", Token);
        var one = await fixture.Http.GetFromJsonAsync<JsonElement>("/v1/models/radiology-v1", Token);

        Assert.Equal("radiology-v1", models.GetProperty("data")[0].GetProperty("id").GetString());
        Assert.Equal("1.0.0", one.GetProperty("version").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.Http.GetAsync("/v1/models/other", Token)).StatusCode);
    }

    [Fact]
    public async Task Outcomes_OfAnswers_AreCountedForTheVersionThatAnswered()
    {
        await using var fixture = await ServerFixture.StartAsync();
        var version = (await fixture.PostAsync("/v1/predict", new { inputs = Patient })).Json.GetProperty("version").GetString()!;
        fixture.Server.Use(await TestModels.ExportAsync(TestModels.Heart, fixture.Folder, version: "2.0.0"), "a test");

        Assert.Equal(202, (await fixture.PostAsync("/v1/outcomes", new { version, correct = true, loss = 0.5 })).Status);
        Assert.Equal(202, (await fixture.PostAsync("/v1/outcomes", new { version, accuracy = 0.5, count = 3 })).Status);
        var (status, counted) = await fixture.PostAsync("/v1/outcomes", new { correct = false });

        Assert.Equal((202, "2.0.0", 1), (status, counted.GetProperty("version").GetString(), counted.GetProperty("counted").GetInt32()));
        var reports = fixture.Telemetry.TakeBatch("batch")!.Reports.ToDictionary(report => report.Version);
        Assert.Equal((4L, 0.625, 1L, 0.5), (reports[version].AccuracyCount, reports[version].Accuracy, reports[version].LossCount, reports[version].Loss));
        Assert.Equal((1L, 0.0), (reports["2.0.0"].AccuracyCount, reports["2.0.0"].Accuracy));
    }

    [Theory]
    [InlineData("{}", "correct")]
    [InlineData("{\"correct\":true,\"accuracy\":1}", "correct")]
    [InlineData("{\"correct\":true,\"count\":2}", "count")]
    [InlineData("{\"accuracy\":1.5,\"count\":2}", "accuracy")]
    [InlineData("{\"accuracy\":0.5,\"count\":0}", "count")]
    [InlineData("{\"loss\":-1}", "loss")]
    [InlineData("{\"correct\":true,\"version\":\"9.9.9\"}", "version")]
    public async Task Outcomes_ThatCannotBe_AreRefusedInWords(string body, string parameter)
    {
        await using var fixture = await ServerFixture.StartAsync();

        var (status, answer) = await fixture.PostAsync("/v1/outcomes", JsonSerializer.Deserialize<JsonElement>(body));

        Assert.Equal((400, parameter), (status, answer.GetProperty("error").GetProperty("param").GetString()));
        Assert.Null(fixture.Telemetry.TakeBatch("batch"));
    }

    [Fact]
    public async Task Use_WhileAThousandRequestsAreUnderWay_LosesNone()
    {
        await using var fixture = await ServerFixture.StartAsync();
        var next = await TestModels.ExportAsync(TestModels.Heart.Replace("\"seed\": 1", "\"seed\": 7", StringComparison.Ordinal), fixture.Folder, version: "2.0.0");

        var requests = Enumerable.Range(0, 1000).Select(_ => fixture.PostAsync("/v1/predict", new { inputs = Patient })).ToList();
        await Task.WhenAny(requests);
        fixture.Server.Use(next, "a test");
        var answers = await Task.WhenAll(requests);
        var (_, after) = await fixture.PostAsync("/v1/predict", new { inputs = Patient });

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal("2.0.0", after.GetProperty("version").GetString());
        Assert.Equal(
            2, answers.Append((Status: 200, Json: after)).Select(answer => (answer.Json.GetProperty("version").GetString(), answer.Json.GetProperty("predictions").GetRawText())).Distinct().Count());
    }

    [Fact]
    public async Task Use_OfADamagedFile_KeepsTheModelBefore()
    {
        await using var fixture = await ServerFixture.StartAsync();
        var damaged = Path.Combine(fixture.Folder, "damaged.onnx");
        await File.WriteAllBytesAsync(damaged, [1, 2, 3], Token);

        Assert.Throws<Models.ModelFileException>(() => fixture.Server.Use(damaged, "a test"));

        Assert.Equal(200, (await fixture.PostAsync("/v1/predict", new { inputs = Patient })).Status);
    }
}
