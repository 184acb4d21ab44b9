import Foundation
import PPL
import Testing

/// What `predict`, its scores and `check` say, against closed forms.
@Suite struct PredictionTests {
  /// A folder with data files, in which programs run.
  private func run(_ text: String, _ files: [String: String]) async throws -> [String: Any] {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
    let program = Program(name: folder.appending(path: "model.ppl").path, text: text)
    #expect(program.diagnostics.isEmpty, "\(program.diagnostics)")
    let train = files.keys.filter { $0.hasPrefix("train") }
    let data = DataSet(paths: train.map { folder.appending(path: $0).path })
    let model = try program.compile(data).model
    var options = RunOptions()
    options.path = folder.appending(path: "fit.zarr").path
    return try answers(of: try await model.run(options) { _ in })
  }

  private func number(_ values: [String: Any], _ text: String) throws -> Double {
    try #require(values[text] as? Double, "\(text) of \(values.keys.sorted())")
  }

  private let groups = """
    dim group, obs
    data group_of[obs]: group key "group"
    data y[obs]: real
    m ~ Normal(5, 0.1)
    a[group] ~ Normal(m, 2)
    y[i: obs] ~ Normal(a[group_of[i]], 0.01)
    infer post = nuts(seed: 3)

    """

  /// Known groups keep their means, found by their labels; a new one is drawn from the population.
  @Test func latentsMatchByLabel() async throws {
    let train = "group,y\n" + (0..<20).map { $0 % 2 == 0 ? "b,1.0\n" : "c,9.0\n" }.joined()
    let values = try await run(
      groups + """
        predict test = y given post, "test.csv"
        show E(test[1]), E(test[2]), E(test[3]), SD(test[1]), SD(test[3])
        show rmse(test), mae(test), coverage(test, 0.9)
        """,
      ["train.csv": train, "test.csv": "group,y\nc,9.1\nb,0.9\nz,5\n"]
    )
    #expect(abs(try number(values, "E(test[1])") - 9) < 0.02)
    #expect(abs(try number(values, "E(test[2])") - 1) < 0.02)
    // Normal(5, 2), of 4000 draws.
    #expect(abs(try number(values, "E(test[3])") - 5) < 5 * 2 / 4000.0.squareRoot() + 0.1)
    #expect(abs(try number(values, "SD(test[3])") - 2) < 0.15)
    #expect(abs(try number(values, "SD(test[1])") - 0.0105) < 0.002)
    // Errors of 0.1, 0.1 and about 0.
    #expect(abs(try number(values, "rmse(test)") - (0.02 / 3).squareRoot()) < 0.03)
    #expect(abs(try number(values, "mae(test)") - 0.2 / 3) < 0.05)
    // 0.1 is ten standard deviations off, 5 in the middle.
    #expect(abs(try number(values, "coverage(test, 0.9)") - 1.0 / 3) < 1e-12)
  }

  /// An ensemble takes as many predictions of each fit, whatever their numbers of draws.
  @Test func ensemblesPredictInEqualParts() async throws {
    let train = "y\n" + (0..<25).map { _ in "8\n" }.joined()
    let values = try await run(
      """
      dim obs
      data y[obs]: real
      m ~ Normal(0, 1.5)
      y[obs] ~ Normal(m, 0.5)
      infer before = prior(draws: 900, seed: 1)
      infer after = nuts(chains: 2, draws: 1000, seed: 2)
      predict one = y given after, "test.csv"
      predict both = y given [before, after], "test.csv"
      show E(one[1]), E(both[1]), P(both[1] > 4)
      """,
      ["train.csv": train, "test.csv": "y\n8\n"]
    )
    // The mean of both: of 1800 draws of which each half has a standard deviation below 1.6.
    let mean = try number(values, "E(one[1])") / 2
    #expect(abs(try number(values, "E(both[1])") - mean) < 4 * 1.6 / 1800.0.squareRoot() + 0.03)
    // All of one half, and 0.6 % of the other.
    #expect(abs(try number(values, "P(both[1] > 4)") - 0.503) < 0.006)
  }

  /// Without the observed column there are predictions, but no errors.
  @Test func scoresNeedObservations() async throws {
    let files = ["train.csv": "group,y\nb,1\nc,2\n", "test.csv": "group\nb\nb\nb\n"]
    let values = try await run(
      groups + "predict test = y given post, \"test.csv\"\nshow E(test[3])",
      files
    )
    #expect(abs(try number(values, "E(test[3])") - 1) < 0.05)
    await #expect(throws: SamplingFailure.self) {
      try await run(
        groups + "predict test = y given post, \"test.csv\"\nshow rmse(test)",
        files
      )
    }
  }

  /// Positions are no labels: latents over replaced rows are drawn anew, and lists of another length need all keys.
  @Test func positionsNeverMatch() async throws {
    let text = """
      dim obs
      data x[obs], y[obs]: real
      u[obs] ~ Normal(0, 3)
      y[i: obs] ~ Normal(u[i] + x[i], 0.01)
      infer post = nuts(seed: 3)
      predict test = u given post, "test.json"
      show E(test[1]), SD(test[1])
      """
    let values = try await run(
      text,
      ["train.json": "{\"x\": [0, 0], \"y\": [5, 6]}", "test.json": "{\"x\": [0, 0, 0]}"]
    )
    #expect(abs(try number(values, "E(test[1])")) < 5 * 3 / 4000.0.squareRoot() + 0.02)
    #expect(abs(try number(values, "SD(test[1])") - 3) < 0.2)
    await #expect(throws: SamplingFailure.self) {
      try await run(
        text,
        ["train.json": "{\"x\": [0, 0], \"y\": [5, 6]}", "test.json": "{\"y\": [1, 2, 3]}"]
      )
    }
  }

  /// Replicates are drawn jointly: a random walk spreads, and one step ahead it does not.
  @Test func replicatesAreJoint() async throws {
    let data = "{\"y\": [0, 0.1, -0.1, 0, 0.1, 0, -0.1, 0, 0.1, 0]}"
    let values = try await run(
      """
      dim time
      data y[time]: real
      s ~ LogNormal(0, 0.001)
      y[t: time[2..]] ~ Normal(y[t-1], s)
      infer post = nuts(seed: 6)
      predict joint = y given post
      predict step = y given post, one_step: true
      show SD(joint[10]), SD(step[10]), E(joint[1]), E(joint[2] - post.s)
      """,
      ["train.json": data]
    )
    // Nine steps of variance 1.
    #expect(abs(try number(values, "SD(joint[10])") - 3) < 0.2)
    #expect(abs(try number(values, "SD(step[10])") - 1) < 0.07)
    #expect(try number(values, "E(joint[1])") == 0)
    #expect(abs(try number(values, "E(joint[2] - post.s)") + 1) < 0.1)
  }

  /// The most frequent label is compared with the observed one.
  @Test func labelsHaveAnAccuracy() async throws {
    let values = try await run(
      """
      dim kind = ["u", "v"], obs
      data is_v[obs]: bool
      data y[obs]: kind
      p ~ Beta(1, 1)
      y[i: obs] ~ Categorical(if is_v[i] then [0.1, 0.9] else [0.9, 0.1])
      dummy ~ Normal(p, 1)
      infer post = nuts(seed: 6)
      predict test = y given post, "test.csv"
      show accuracy(test), P(test[1] == "u")
      """,
      [
        "train.csv": "is_v,y\n0,u\n1,v\n0,u\n",
        "test.csv": "is_v,y\n0,u\n1,u\n1,v\n0,u\n",
      ]
    )
    #expect(try number(values, "accuracy(test)") == 0.75)
    #expect(abs(try number(values, "P(test[1] == \"u\")") - 0.9) < 0.03)
  }

  /// A model that fits is not pointed out; one with too thin tails is, where its tails show.
  @Test func checksFindWhatIsNotReproduced() async throws {
    let sample = (0..<60).map { index -> Double in
      let u = (Double(index) + 0.5) / 60
      return 4 * (u - 0.5) + (index == 59 ? 30 : 0)
    }
    let values = try await run(
      """
      dim obs
      data y[obs]: real
      mu ~ Normal(0, 5)
      y[i: obs] ~ Normal(mu, 1.2)
      infer post = nuts(seed: 2)
      check post
      check max(post.y) - mean(post.y)
      """,
      ["train.json": "{\"y\": \(sample)}"]
    )
    let all = try #require(values["check post"] as? [String: [String: Any]])
    #expect(Set(all.keys) == ["mean of y", "sd of y", "min of y", "max of y"])
    let mean = try #require(all["mean of y"]?["p"] as? Double)
    #expect(mean > 0.3 && mean < 0.7)
    #expect(all["max of y"]?["extreme"] as? Bool == true)
    #expect(all["max of y"]?["p"] as? Double == 0)
    let own = try #require(
      values["check max(post.y) - mean(post.y)"] as? [String: [String: Any]]
    )
    let observed = try #require(own.values.first?["observed"] as? Double)
    #expect(abs(observed - ((sample.max() ?? 0) - sample.reduce(0, +) / 60)) < 1e-9)
  }

  /// Missing cells: predictions replicate all cells, checks and scores count those that were observed.
  @Test func missingCellsDoNotCount() async throws {
    let values = try await run(
      """
      dim obs
      data y[obs]: real
      mu ~ Normal(0, 5)
      y[i: obs] ~ Normal(mu, 1)
      infer post = nuts(seed: 2)
      predict rep = y given post
      show rmse(rep), E(rep[2])
      check post
      """,
      ["train.json": "{\"y\": [1, null, 3]}"]
    )
    // The mean of the draws is near 2, so that both errors are near 1.
    #expect(abs(try number(values, "rmse(rep)") - 1) < 0.05)
    #expect(abs(try number(values, "E(rep[2])") - 1.96) < 0.1)
    let all = try #require(values["check post"] as? [String: [String: Any]])
    #expect(all["mean of y"]?["observed"] as? Double == 2)
  }

  /// Positions alone tell persons of ragged data apart, so that those of new data are drawn anew.
  @Test func raggedRowsOfNewDataAreNewPersons() async throws {
    let rows = (0..<6).map { row in "[\(2 * row), \(2 * row).1]" }.joined(separator: ", ")
    let values = try await run(
      """
      dim person, visit[person]
      data y[person, visit]: real
      m ~ Normal(5, 0.1)
      a[person] ~ Normal(m, 4)
      y[p: person, v: visit[p]] ~ Normal(a[p], 0.1)
      infer post = nuts(seed: 3)
      predict test = y given post, "test.json"
      show E(test[1,1]), SD(test[1,1]), SD(test[2,1])
      """,
      ["train.json": "{\"y\": [\(rows)]}", "test.json": "{\"y\": [[null], [null, null]]}"]
    )
    #expect(abs(try number(values, "E(test[1,1])") - 5) < 5 * 4 / 4000.0.squareRoot() + 0.1)
    #expect(abs(try number(values, "SD(test[1,1])") - 4) < 0.3)
    #expect(abs(try number(values, "SD(test[2,1])") - 4) < 0.3)
  }

  private let walk = """
    dim year
    data y[year]: real
    level[t: year] ~ Normal(if t == first(year) then 0 else level[t-1], if t == first(year) then 100 else 0.3)
    y[t: year] ~ Normal(level[t], 0.1)
    infer post = nuts(seed: 1)

    """
  private let walkData = "{\"year\": [2001, 2002, 2003, 2004], \"y\": [50, 50.5, 51, 51.5]}"

  /// Labels alone are new data too; the level of 2005 follows from that of 2004.
  @Test func seriesGoOnFromTheirLastLabel() async throws {
    let values = try await run(
      walk + "predict fc = y given post, \"test.json\"\nshow E(fc[2005]), SD(fc[2005])",
      ["train.json": walkData, "test.json": "{\"year\": [2004, 2005]}"]
    )
    #expect(abs(try number(values, "E(fc[2005])") - 51.5) < 0.1)
    #expect(abs(try number(values, "SD(fc[2005])") - 0.33) < 0.05)
  }

  @Test func seriesWithoutTheirLastLabelAreRefused() async throws {
    let failure = await #expect(throws: SamplingFailure.self) {
      _ = try await run(
        walk + "predict fc = y given post, \"test.json\"\nshow fc",
        ["train.json": walkData, "test.json": "{\"year\": [2005], \"y\": [null]}"]
      )
    }
    #expect(failure?.message.contains("the fit ends with 2004") == true)
  }

  /// A total computed from the counts stays what it was, so that each replicate has it.
  @Test func totalsOfReplicatesAreThoseOfTheData() async throws {
    let values = try await run(
      """
      dim site, kind
      data count[site, kind]: int
      data total[i: site] = sum(count[i])
      p: simplex[kind] ~ Dirichlet(1)
      count[i: site] ~ Multinomial(total[i], p)
      infer post = nuts(seed: 1)
      predict rep = count given post
      show P(rep[1,1] + rep[1,2] == 7), P(rep[2,1] + rep[2,2] == 10)
      """,
      ["train.json": "{\"count\": [[3, 4], [6, 4]]}"]
    )
    #expect(try number(values, "P(rep[1,1] + rep[1,2] == 7)") == 1)
    #expect(try number(values, "P(rep[2,1] + rep[2,2] == 10)") == 1)
  }

  /// Of a Poisson variable with rate 1 that is not 0: mean 1 / (1 - 1/e).
  @Test func truncatedCountsAreDrawn() async throws {
    let values = try await run(
      """
      dim obs
      data y[obs]: int
      u ~ Normal(0, 1)
      y[i: obs] ~ truncated(Poisson(1), lower: 1)
      factor f = 0 * u
      infer post = nuts(seed: 1)
      predict rep = y given post
      show E(mean(rep)), P(min(rep) >= 1)
      """,
      ["train.json": "{\"y\": [1, 2, 1, 1, 3, 1, 2, 1, 1, 1]}"]
    )
    #expect(try number(values, "P(min(rep) >= 1)") == 1)
    let mass = 1 - Foundation.exp(-1.0)
    let (mean, variance) = (1 / mass, 2 / mass - 1 / (mass * mass))
    let error = (variance / 40_000).squareRoot()
    #expect(abs(try number(values, "E(mean(rep))") - mean) < 5 * error)
  }
}
