import Foundation
import PPL
import PPLInference
import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting
import PPLStorage
import PPLTypeSystem
import Testing

/// Fits opened again from the disk.
@Suite struct StoredFitTests {
  @Test func aFitReadsBack() async throws {
    let text =
      FitProgram.model
      + "infer post = nuts(draws: 100, chains: 3, seed: 4)\ncheck post\npredict y2 = y given post\n"
    let made = try await MadeFit(text)
    let fit = try StoredFit(path: made.path + "/")
    #expect(fit.engine == "nuts")
    #expect(fit.seed == 4)
    #expect(fit.modelText == text)
    #expect(fit.modelName == "folder/model.ppl")
    #expect(fit.version == Version.text)
    #expect((fit.chainCount, fit.drawCount) == (3, 100))
    #expect(fit.lacking.isEmpty)
    #expect(try fit.elementNames == made.names())
    #expect(try fit.draws(of: "z[\"a\"]")?.map(\.count) == [100, 100, 100])
    #expect(try fit.draws(of: "z[9]") == nil)
    #expect(try fit.likelihoodNames().count == 4)
    #expect(try fit.logLikelihoods().map(\.count) == [300, 300, 300, 300])
    #expect(try fit.observedData().map(\.values) == [[0.5, 1.5, 2.5, 1.5]])
    #expect(fit.findings?.name == "post")
    #expect(fit.findings?.checks.count == 4)
    #expect(try fit.quantities(ofGroup: "posterior_predictive").map(\.name) == ["y"])
  }

  /// The summaries and warnings are those of the run, to the bit.
  @Test func figuresAreThoseOfTheRun() async throws {
    let made = try await MadeFit(
      FitProgram.model + "infer post = nuts(draws: 30, warmup: 5, seed: 1)"
    )
    let fit = try StoredFit(path: made.path)
    let summaries = try fit.summaries()
    let own = summaries.flatMap { array in
      array.summaries.enumerated().map { (array.elementName($0.offset), $0.element) }
    }
    let report = try #require(made.outcome.fits.first)
    let reported = report.parameters.flatMap { array in
      array.summaries.enumerated().map { (array.elementName($0.offset), $0.element) }
    }
    #expect(own.map(\.0) == reported.map(\.0))
    for ((_, a), (_, b)) in zip(own, reported) {
      #expect(a.mean == b.mean && a.sd == b.sd && a.q95 == b.q95)
      #expect(a.essBulk == b.essBulk && a.rhat == b.rhat)
    }
    #expect(!report.warnings.isEmpty)
    #expect(try fit.warnings(summaries) == report.warnings.map(\.warning))
  }

  @Test(arguments: FitProgram.all) func aReportOfEachEngineHoldsEveryParameter(
    program: FitProgram
  ) async throws {
    let made = try await MadeFit(program)
    let fit = try StoredFit(path: made.path)
    #expect(fit.engine == program.engine)
    #expect(fit.lacking.isEmpty)
    let html = try fit.report()
    let names = try made.names()
    #expect(!names.isEmpty || program.engine == "train")
    for name in names { #expect(html.contains(html: name), "\(name)") }
    for line in try #require(fit.modelText).split(separator: "\n") {
      #expect(html.contains(html: String(line)), "\(line)")
    }
    for coordinate in ["=\"nan", "=\"inf", "=\"-inf", "Mnan", "Lnan"] {
      #expect(!html.lowercased().contains(coordinate), "\(coordinate)")
    }
  }

  /// The bound of each family that was led, over the steps: it ends where the fit's own bound is.
  @Test(arguments: [
    ("vi()", ["mean field"]), ("vi(guide: full_rank)", ["mean field", "full rank"]),
    ("vi(guide: iaf, steps: 2000)", ["mean field", "full rank", "flow"]),
  ])
  func aReportOfAVariationalFitShowsItsBound(engine: String, families: [String]) async throws {
    let made = try await MadeFit(
      FitProgram.model + "infer post = \(engine.replacing("()", with: "(seed: 1)"))\n"
    )
    let fit = try StoredFit(path: made.path)
    let found = try #require(fit.findings?.approximation)
    #expect(found.bounds.map(\.name) == families)
    let steps = found.bounds.flatMap(\.xs)
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 })
    let last = try #require(found.bounds.last?.ys)
    #expect(last.count > 5)
    let end = last.suffix(3).reduce(0, +) / 3
    #expect(abs(end - found.elbo) < 0.5, "\(end), \(found.elbo)")
    let html = try fit.report()
    #expect(html.contains("Evidence lower bound"))
    for family in families { #expect(html.contains("\(family): from")) }
    #expect(!made.outcome.json.contains("bounds"))
  }

  @Test func aReportOfATrainedNetShowsItsCurve() async throws {
    let made = try await MadeFit(
      """
      dim obs
      data y[obs]: real
      param a: real = 0.5
      y[i: obs] ~ Normal(a, 1)
      infer post = train(steps: 400, seed: 1)

      """
    )
    let fit = try StoredFit(path: made.path)
    let html = try fit.report()
    #expect(html.contains("Learning curve"))
    #expect(html.contains("objective of a row"))
    // Beside the line of the parameter stands what the fit found, on its way from 0.5 to the mean 1.5.
    let found = try #require(try fit.fitted().first?.values.first)
    #expect((0.6...1.6).contains(found))
    let after = try #require(html.split(separator: "a = ").dropFirst().first)
    let value = try #require(Double(after.prefix { $0.isNumber || $0 == "." }))
    #expect(abs(value - found) < 1e-4)
  }

  /// Labels of a matrix with missing cells are those of whole cells, as in the run's own table.
  @Test func cellsKeepTheirNames() async throws {
    let made = try await MadeFit(
      """
      dim a, b
      data y[a, b]: real
      mu ~ Normal(0, 1)
      y[i: a, j: b] ~ Normal(mu, 1)
      infer post = nuts(draws: 50, seed: 1)

      """,
      data: "{\"a\": [\"p\", \"q\"], \"b\": [\"x\", \"y\"], \"y\": [[1, null], [2, 3]]}"
    )
    let fit = try StoredFit(path: made.path)
    #expect(try fit.elementNames == made.names())
    #expect(fit.elementNames.contains("y[\"p\",\"y\"]"))
  }

  // MARK: Older, damaged and foreign fits

  /// Changes the metadata of a fit as text.
  private func rewrite(_ path: String, _ change: (String) -> String) throws {
    let file = URL(filePath: path + "/.zmetadata")
    let text = try String(contentsOf: file, encoding: .utf8)
    let changed = change(text)
    try #require(changed != text)
    try changed.write(to: file, atomically: true, encoding: .utf8)
  }

  /// What the versions before did not keep is left out, and the report says so.
  @Test func aFitOfAnOlderVersionOpens() async throws {
    let made = try await MadeFit(FitProgram.model + "infer post = nuts(draws: 50, seed: 1)\n")
    try FileManager.default.removeItem(atPath: made.path + "/findings.json")
    try rewrite(made.path) { text in
      text.split(separator: "\n").filter {
        !$0.contains("\"model_text\"") && !$0.contains("\"cell_names\"")
      }
      .joined(separator: "\n")
    }
    let fit = try StoredFit(path: made.path)
    #expect(fit.lacking == ["the text of the model", "what the run said of its engine"])
    let html = try fit.report()
    #expect(html.contains("This fit does not hold the text of the model"))
    for name in try made.names() { #expect(html.contains(html: name)) }
  }

  @Test(arguments: [
    ("posterior/mu/0.0", "there is no such file"), ("posterior/obs/0", "there is no such file"),
    (".zmetadata", "there is no such file"), ("posterior/.zgroup", "is not a fit"),
    ("sample_stats/energy/0.0", "there is no such file"),
    ("log_likelihood/y/0.0.0", "there is no such file"),
  ])
  func aFitWithoutAFileIsRefused(_ file: String, _ reason: String) async throws {
    let made = try await MadeFit(FitProgram.model + "infer post = nuts(draws: 50, seed: 1)\n")
    try FileManager.default.removeItem(atPath: made.path + "/" + file)
    let error = try #require(throws: StoredFitError.self) {
      try StoredFit(path: made.path).report()
    }
    #expect(error.code == "E0820")
    #expect(error.message.contains(reason), "\(error.message)")
  }

  @Test(arguments: [
    ("\"shape\": [4, 50]", "\"shape\": [4, 60]"),
    ("\"shape\": [4, 50, 4]", "\"shape\": [4, 50, 5]"),
    ("[\"chain\", \"draw\"]", "[\"chain\", \"row\"]"),
    ("\"_ARRAY_DIMENSIONS\": [\"obs\"]", "\"_ARRAY_DIMENSIONS\": [\"chain\"]"),
    ("\"<f8\"", "\"<f4\""),
    ("\"shape\": [4, 50, 4]", "\"shape\": [4, 50, 9000000000000000000]"),
    ("\"shape\": [4, 50]", "\"shape\": [4, -1]"), ("{", "["),
  ])
  func aFitWhoseMetadataAreWrongIsRefused(_ old: String, _ new: String) async throws {
    let made = try await MadeFit(FitProgram.model + "infer post = nuts(draws: 50, seed: 1)\n")
    try rewrite(made.path) { $0.replacing(old, with: new) }
    let error = try #require(throws: StoredFitError.self) {
      try StoredFit(path: made.path).report()
    }
    #expect(error.code == "E0820")
    #expect(error.text.contains("= help: "))
  }

  @Test func whatIsNoFitIsRefused() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let absent = try #require(throws: StoredFitError.self) { try StoredFit(path: folder.path) }
    #expect(absent.message.contains("no such file or directory"))
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let empty = try #require(throws: StoredFitError.self) { try StoredFit(path: folder.path) }
    #expect(empty.message.contains("is not a fit"))
  }

  // MARK: Exports

  @Test func exportsReadBackToTheSameNumbers() async throws {
    let made = try await MadeFit(
      FitProgram.model + "infer post = nuts(draws: 20, chains: 2, seed: 1)\n"
    )
    let fit = try StoredFit(path: made.path)
    let mu = try #require(try fit.draws(of: "mu"))
    let z = try #require(try fit.draws(of: "z[\"b\"]"))

    let table = try #require(try fit.export(.csv, to: made.other("t"), replacing: false).first)
    #expect(table.hasSuffix("/t.csv"))
    let lines = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 1 + 5 * 40)
    #expect(lines[0] == "chain,draw,name,value")
    let second = try #require(lines.first { $0.hasPrefix("2,3,mu,") })
    #expect(Double(second.dropFirst(7)) == mu[1][2])

    let json = try #require(try fit.export(.json, to: made.other("j.json"), replacing: false).first)
    let root = try JSONDocument([UInt8](Data(contentsOf: URL(filePath: json)))).root
    guard case .numbers(let numbers)? = root["values"]?["z[\"b\"]"]?.kind else {
      Issue.record("an element has the draws of its chains")
      return
    }
    #expect(numbers.shape == [2, 20])
    #expect(numbers.values == z.flatMap { $0 })

    let stan = try fit.export(.stanCSV, to: made.other("s.csv"), replacing: false)
    #expect(stan.map { URL(filePath: $0).lastPathComponent } == ["s-1.csv", "s-2.csv"])
    let rows = try String(contentsOfFile: stan[1], encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map { $0.split(separator: ",") }
    #expect(rows.count == 21)
    #expect(rows[0].prefix(3) == ["lp__", "accept_stat__", "stepsize__"])
    #expect(rows[0].suffix(5) == ["mu", "z.1", "z.2", "z.3", "z.4"])
    let column = try #require(rows[0].firstIndex(of: "z.2"))
    #expect(rows.dropFirst().map { Double($0[column]) } == z[1])
  }

  /// Stan's first index is the fastest.
  @Test func matricesAreInColumnMajorOrder() async throws {
    let made = try await MadeFit(
      """
      dim a = 2, b = 3
      x[i: a, j: b] ~ Normal(0, 1)
      infer post = nuts(draws: 10, chains: 1, seed: 1)

      """,
      data: "{}"
    )
    let fit = try StoredFit(path: made.path)
    let path = try fit.export(.stanCSV, to: made.other("s"), replacing: false)[0]
    let rows = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map { $0.split(separator: ",") }
    #expect(rows[0].suffix(6) == ["x.1.1", "x.2.1", "x.1.2", "x.2.2", "x.1.3", "x.2.3"])
    #expect(Double(rows[1][rows[0].count - 3]) == (try fit.draws(of: "x[2,2]")?[0][0]))
  }

  @Test func anExportReplacesNothingUnasked() async throws {
    let made = try await MadeFit(
      FitProgram.model + "infer post = nuts(draws: 20, chains: 2, seed: 1)\n"
    )
    let fit = try StoredFit(path: made.path)
    try "mine".write(toFile: made.other("s-2.csv"), atomically: true, encoding: .utf8)
    let error = try #require(throws: StoredFitError.self) {
      try fit.export(.stanCSV, to: made.other("s"), replacing: false)
    }
    #expect(error.code == "E0822")
    #expect(!FileManager.default.fileExists(atPath: made.other("s-1.csv")))
    _ = try fit.export(.stanCSV, to: made.other("s"), replacing: true)
    #expect(try String(contentsOfFile: made.other("s-2.csv"), encoding: .utf8).hasPrefix("# stan"))
  }

  // MARK: Comparisons

  @Test func theBetterModelIsFirst() async throws {
    let made = try await MadeFit(FitProgram.model + "infer post = nuts(seed: 1)\n")
    let poor = try await MadeFit(
      FitProgram.model.replacing("mu ~ Normal(0, 1)", with: "mu ~ Normal(-20, 1)")
        + "infer post = nuts(seed: 1)\n"
    )
    let comparison = try FitComparison([StoredFit(path: poor.path), StoredFit(path: made.path)])
    #expect(comparison.entries.map(\.path) == [made.path, poor.path])
    #expect(comparison.entries[0].difference == 0)
    #expect(comparison.entries[0].differenceError == 0)
    let gap = comparison.entries[0].loo.elpd - comparison.entries[1].loo.elpd
    #expect(abs(comparison.entries[1].difference - gap) < 1e-9)
    #expect(comparison.entries[0].stackingWeight > 0.99)
    #expect(comparison.entries[0].pseudoAverageWeight > 0.9)
    #expect(
      comparison.shared.map(\.name) == ["mu", "z[\"a\"]", "z[\"b\"]", "z[\"c\"]", "z[\"d\"]"]
    )
    #expect(comparison.shared[0].distance > 5)
    #expect(comparison.text.contains("pseudo-BMA+"))
    #expect(comparison.remarks.contains { $0.contains("4 observations") })
    let near = try await MadeFit(FitProgram.model + "infer post = vi(seed: 1)\n")
    let remarks = try FitComparison([StoredFit(path: made.path), StoredFit(path: near.path)])
      .remarks
    #expect(remarks.contains { $0.contains("draws of `vi` are those of an approximation") })
  }

  @Test(arguments: [
    (
      "{\"obs\": [\"a\", \"b\", \"c\", \"e\"], \"y\": [0.5, 1.5, 2.5, 1.5]}",
      "different observations"
    ),
    (
      "{\"obs\": [\"a\", \"b\", \"c\"], \"y\": [0.5, 1.5, 2.5]}", "different observations: 4, and 3"
    ),
    (
      "{\"obs\": [\"a\", \"b\", \"c\", \"d\"], \"y\": [0.5, 1.5, 2.5, 9]}",
      "different values of `y`"
    ),
  ])
  func fitsOfOtherDataAreRefused(_ data: String, _ reason: String) async throws {
    let script = "infer post = nuts(draws: 50, seed: 1)\n"
    let made = try await MadeFit(FitProgram.model + script)
    let other = try await MadeFit(FitProgram.model + script, data: data)
    let error = try #require(throws: StoredFitError.self) {
      try FitComparison([StoredFit(path: made.path), StoredFit(path: other.path)])
    }
    #expect(error.code == "E0823")
    #expect(error.message.contains(reason), "\(error.message)")
  }

  @Test func fitsWithoutLikelihoodsAreRefused() async throws {
    let made = try await MadeFit(FitProgram.model + "infer post = nuts(draws: 50, seed: 1)\n")
    let prior = try await MadeFit(FitProgram.model + "infer post = prior(draws: 50, seed: 1)\n")
    let error = try #require(throws: StoredFitError.self) {
      try FitComparison([StoredFit(path: made.path), StoredFit(path: prior.path)])
    }
    #expect(error.message.contains("made by `prior`"))
    #expect(throws: StoredFitError.self) { try FitComparison([StoredFit(path: made.path)]) }
  }
}

extension String {
  /// Whether a text stands in this HTML.
  fileprivate func contains(html text: String) -> Bool {
    contains(
      text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    )
  }
}
