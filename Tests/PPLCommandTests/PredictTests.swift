import Foundation
import PPLJSON
import PPLStorage
import Testing

/// Predictions through the command: what is printed, stored and refused.
@Suite struct PredictTests {
  private let script = """

    infer post = nuts(seed: 2, draws: 100, chains: 2)
    predict rep = y given post
    predict more = y given post, "more.json"
    show rep, E(more[5]), rmse(more)
    check post
    """

  @Test func predictionsOfTheFitsDataAreStoredUnderTheNameOfTheData() throws {
    let place = try Workplace([
      "m.ppl": ConjugateModel.text + script, "d.json": ConjugateModel.data,
      "more.json": "{\"y\": [1, 1, 1, 1, 1]}",
    ])
    let result = try place.run(
      "run",
      "m.ppl",
      "--data",
      "d.json",
      "--format",
      "json",
      "--out",
      "f.zarr"
    )
    #expect(result.status < 2, "\(result.errors)")
    let queries = try #require(result.json()["queries"]?.elements)
    #expect(
      queries.compactMap { $0["text"]?.string }
        == ["rep", "E(more[5])", "rmse(more)", "check post"]
    )
    #expect(queries[0]["value"]?.keys == ["rep[1]", "rep[2]", "rep[3]", "rep[4]"])
    let reader = try FitReader(path: place.path + "/f.zarr")
    let group = try #require(reader.group("posterior_predictive"))
    #expect(group.variables.map(\.name) == ["y"])
    let values = try reader.values(of: try #require(group.variables.first))
    #expect(values.count == 2 * 100 * 4)
    let first = stride(from: 0, to: values.count, by: 4).map { values[$0] }
    let mean = try #require(queries[0]["value"]?["rep[1]"]?["mean"]?.real)
    #expect(abs(first.reduce(0, +) / 200 - mean) < 1e-9)
  }

  /// A mistake in the data of a prediction is one of data.
  @Test func badDataOfAPredictionEndWithStatusThree() throws {
    let place = try Workplace([
      "m.ppl": ConjugateModel.text + script, "d.json": ConjugateModel.data,
      "more.json": "{\"y\": [\"a\"]}",
    ])
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--out", "f.zarr")
    #expect(result.status == 3, "\(result.errors)")
    #expect(result.errors.contains("more.json"))
  }
}
