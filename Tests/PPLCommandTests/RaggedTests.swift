import PPLJSON
import Testing

/// Rows of different lengths from nested lists to tables, replicates and checks.
@Suite struct RaggedTests {
  private static let model = """
    dim person, visit[person]
    data y[person, visit]: real
    a[person] ~ Normal(0, 5)
    y[p: person, v: visit[p]] ~ Normal(a[p], 1)
    copy[p: person, v: visit[p]] ~ Normal(a[p], 1)
    infer post = nuts(seed: 1, draws: 200, warmup: 200)

    """

  private func report(_ script: String, data: String = "{\"y\": [[1, 1, 1], [9]]}") throws
    -> JSONNode
  {
    let place = try Workplace(["m.ppl": Self.model + script, "d.json": data])
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--format", "json")
    #expect(result.status <= 1, "\(result.errors)")
    return try result.json()
  }

  /// Rows of different lengths never become one row where the declaration has none.
  @Test func rowsAreNotJoined() throws {
    let place = try Workplace([
      "m.ppl": "dim o\ndata y[o]: real\nm ~ Normal(0, 1)\ny[o] ~ Normal(m, 1)\n",
      "d.json": "{\"y\": [[1, 2], [3]]}",
    ])
    let result = try place.run("check", "m.ppl", "--data", "d.json")
    #expect(result.status == 3)
    #expect(result.errors.contains("the rows of `y` differ in length"), "\(result.errors)")
  }

  @Test func elementsThatExistAreNamed() throws {
    let report = try report("show E(post.copy[1, 3])")
    let parameters = try #require(report["fits"]?.elements.first?["parameters"])
    let names = ["copy[1,1]", "copy[1,2]", "copy[1,3]", "copy[2,1]"]
    for name in names { #expect(parameters[name]?["mean"]?.real != nil, "\(name)") }
    #expect(parameters["copy[2,2]"] == nil)
  }

  @Test func replicatesAndChecksLeaveOutWhatDoesNotExist() throws {
    let report = try report(
      "predict r = y given post\nshow r, rmse(r)\ncheck post\ncheck mean(post.y)\nshow mean(post.y)"
    )
    let queries = try #require(report["queries"]?.elements)
    let replicates = try #require(queries[0]["value"])
    for name in ["r[1,1]", "r[1,3]", "r[2,1]"] { #expect(replicates[name] != nil) }
    #expect(replicates["r[2,2]"] == nil)
    #expect(try #require(queries[1]["value"]?.real) < 2)
    let usual = try #require(queries[2]["value"])
    #expect(usual["mean of y"]?["observed"]?.real == 3)
    #expect(usual["max of y"]?["observed"]?.real == 9)
    #expect(queries[4]["value"]?.real == 3)
  }

  @Test func rowsOfAnotherLengthAreTold() throws {
    let place = try Workplace([
      "m.ppl": "dim a, b[a]\ndata x[a, b], y[a, b]: real\ny[i: a, j: b[i]] ~ Normal(x[i, j], 1)",
      "d.json": "{\"x\": [[1, 2], [3]], \"y\": [[1, 2], [3, 4]]}",
      "e.json": "{\"x\": [[1, 2], [3]], \"y\": [[1, 2], [3]]}",
      "n.ppl": "dim a, b[a]\ndata y[a, b]: real\ny[i: a, j: b[i]] ~ Normal(y[i, b(2)], 1)",
    ])
    let lengths = try place.run("run", "m.ppl", "--data", "d.json")
    #expect(lengths.status == 3)
    #expect(lengths.errors.contains("disagree about the sizes of `b`"), "\(lengths.errors)")
    let beyond = try place.run("check", "n.ppl", "--data", "e.json")
    #expect(beyond.status == 2)
    #expect(beyond.errors.contains("E0"), "\(beyond.errors)")
  }

  @Test func discreteLatentsHaveStatementsForAllElements() throws {
    let place = try Workplace([
      "m.ppl": """
      dim t = 3, s = 2
      data y[t]: real
      p[s]: simplex[s] ~ Dirichlet(1)
      z[i: t[2..]]: s ~ Categorical(p[z[i-1]])
      y[i: t] ~ Normal(if z[i] == 1 then 0 else 1, 1)
      """,
      "d.json": "{\"y\": [1, 2, 3]}",
    ])
    let result = try place.run("run", "m.ppl", "--data", "d.json")
    #expect(result.status == 2)
    #expect(result.errors.contains("`z[1]` has no equation"), "\(result.errors)")
  }
}
