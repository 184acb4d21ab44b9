import Foundation
import PPLJSON
import Testing

/// `report`, `compare`, `export`, and the pictures of `run`.
@Suite struct StoredFitCommandTests {
  private static let script = "\ninfer post = nuts(seed: 1)\n"

  private func workplace(_ more: String = "") throws -> Workplace {
    let place = try Workplace([
      "m.ppl": ConjugateModel.text + Self.script + more, "d.json": ConjugateModel.data,
    ])
    try #require(place.run("run", "m.ppl", "--data", "d.json").status == 0)
    return place
  }

  private func text(_ name: String, in place: Workplace) throws -> String {
    try String(contentsOfFile: place.path + "/" + name, encoding: .utf8)
  }

  @Test func aReportIsOneFile() throws {
    let place = try workplace()
    let result = try place.run("report", "m.fit.zarr")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output == "m.html\n")
    let html = try text("m.html", in: place)
    #expect(html.hasPrefix("<!DOCTYPE html>"))
    #expect(html.contains("mu ~ Normal(0, 1)"))
    let again = try place.run("report", "m.fit.zarr")
    #expect(again.status == 4)
    #expect(
      again.errors
        == "error[E0822]: m.html exists already\n  = help: add --overwrite to replace it, or name another place with --out\n"
    )
    #expect(try place.run("report", "m.fit.zarr", "--overwrite").status == 0)
    #expect(try place.run("report", "m.fit.zarr", "--out", "deep/r.html").status == 0)
    #expect(place.exists("deep/r.html"))
  }

  @Test func anExportNamesItsFiles() throws {
    let place = try workplace()
    let stan = try place.run("export", "m.fit.zarr", "--to", "stan-csv")
    #expect(stan.status == 0, "\(stan.errors)")
    #expect(stan.output == "m-1.csv\nm-2.csv\nm-3.csv\nm-4.csv\n")
    #expect(
      try place.run("export", "m.fit.zarr", "--to", "json", "--out", "x.json").output == "x.json\n"
    )
    #expect(try place.run("export", "m.fit.zarr", "--to", "csv").output == "m.csv\n")
    #expect(try place.run("export", "m.fit.zarr", "--to", "csv").status == 4)
    #expect(try place.run("export", "m.fit.zarr", "--to", "xlsx").status == 64)
    #expect(try place.run("export", "m.fit.zarr").status == 64)
  }

  @Test func aComparisonIsATableOrAnObject() throws {
    let place = try workplace()
    try place.write(
      ConjugateModel.text.replacing("Normal(0, 1)", with: "Normal(-5, 1)") + Self.script,
      to: "n.ppl"
    )
    #expect(try place.run("run", "n.ppl", "--data", "d.json").status == 0)
    let table = try place.run("compare", "n.fit.zarr", "m.fit.zarr")
    #expect(table.status == 0, "\(table.errors)")
    let lines = table.output.split(separator: "\n")
    #expect(lines[0].contains("elpd_loo") && lines[0].contains("stacking"))
    #expect(lines[1].hasPrefix("m ") && lines[2].hasPrefix("n "))
    let object = try place.run("compare", "n.fit.zarr", "m.fit.zarr", "--format", "json").json()
    #expect(object["schema"]?.integer == 1)
    #expect(object["observations"]?.integer == 4)
    let fits = object["fits"]?.elements ?? []
    #expect(fits.map { $0["name"]?.string } == ["m", "n"])
    let weights = fits.compactMap { $0["weight_stacking"]?.real }
    #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
    #expect(object["shared"]?.keys == ["mu", "twice"])
    let alone = try place.run("compare", "m.fit.zarr")
    #expect(alone.status == 3)
    #expect(alone.errors.contains("error[E0823]: one fit alone cannot be compared"))
  }

  @Test(arguments: ["report", "compare", "export"])
  func whatIsNoFitIsRefused(_ command: String) throws {
    let place = try workplace()
    try place.write("x", to: "file")
    let more = command == "export" ? ["--to", "csv"] : command == "compare" ? ["m.fit.zarr"] : []
    for name in ["nowhere", "file", "."] {
      let result = try place.finish(place.start([command, name] + more))
      #expect(result.status == 3)
      #expect(result.output.isEmpty)
      #expect(result.errors.hasPrefix("error[E0820]: "), "\(result.errors)")
      #expect(result.errors.contains("\n  = help: "), "\(result.errors)")
    }
  }

  /// Every code of these commands, word for word.
  @Test func messagesSayWhatToDo() throws {
    let place = try workplace()
    try place.write("{\"y\": [1, 2]}", to: "two.json")
    try place.write(
      "data y: real\nparam a: real = 0\ny ~ Normal(a, 1)\ninfer fit = train(steps: 50)\n",
      to: "t.ppl"
    )
    try place.write("{\"y\": 1}", to: "one.json")
    try FileManager.default.createDirectory(
      atPath: place.path + "/empty",
      withIntermediateDirectories: false
    )
    try #require(place.run("run", "m.ppl", "--data", "two.json", "--out", "two.zarr").status == 0)
    try #require(place.run("run", "t.ppl", "--data", "one.json", "--out", "t.zarr").status == 0)
    let cases: [(arguments: [String], text: String)] = [
      (
        ["report", "nowhere"],
        """
        error[E0820]: cannot read nowhere: there is no such file or directory
          = help: give the directory that `ppl run` named: it ends in `.fit.zarr` unless --out said otherwise

        """
      ),
      (
        ["report", "."],
        """
        error[E0820]: . is not a fit
          = help: it holds fits: give one of them, such as ./m.fit.zarr

        """
      ),
      (
        ["report", "empty"],
        """
        error[E0820]: empty is not a fit
          = help: give a directory that `ppl run` made: it ends in `.fit.zarr` unless --out said otherwise

        """
      ),
      (
        ["export", "t.zarr", "--to", "csv"],
        """
        error[E0821]: t.zarr has no draws to export
          = help: a fit by steps of quantities without prior keeps them in `fitted.safetensors`

        """
      ),
      (
        ["report", "m.fit.zarr", "--out", "m.ppl"],
        """
        error[E0822]: m.ppl exists already
          = help: add --overwrite to replace it, or name another place with --out

        """
      ),
      (
        ["compare", "m.fit.zarr", "two.zarr"],
        """
        error[E0823]: m.fit.zarr and two.zarr have different observations: 4, and 2
          = help: accuracies compare only over the same observations: fit both models to the same data

        """
      ),
      (
        ["compare", "m.fit.zarr", "t.zarr"],
        """
        error[E0823]: t.zarr has no log likelihoods to compare by: it was made by `train`
          = help: they are kept of observed statements by engines that draw from the posterior, such as `nuts()`

        """
      ),
    ]
    for (arguments, text) in cases {
      let result = try place.finish(place.start(arguments))
      #expect(result.errors == text)
      #expect(result.output.isEmpty)
      #expect(result.status == (text.contains("E0822") ? 4 : 3))
    }
  }

  @Test func picturesAreInCharactersAndInAFile() throws {
    let place = try workplace("plot density(post.mu), trace(post.mu), pairs(post.mu, post.twice)\n")
    #expect(place.exists("m.fit.html"))
    let html = try text("m.fit.html", in: place)
    for title in ["post.mu: density", "post.mu: trace", "pairs of post.mu, post.twice"] {
      #expect(html.contains("aria-label=\"\(title)\""), "\(title)")
    }
    func run(_ locale: String) throws -> CommandResult {
      let result = try place.run(
        "run",
        "m.ppl",
        "--data",
        "d.json",
        "--overwrite",
        launcher: ["/usr/bin/env", "LC_ALL=\(locale)"]
      )
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("plots in m.fit.html"))
      return result
    }
    let unicode = try run("C.UTF-8")
    #expect(unicode.output.contains("█") && unicode.output.contains("─┴─"))
    let plain = try run("C")
    #expect(plain.output.utf8.allSatisfy { $0 < 0x80 })
    #expect(plain.output.contains("#") && plain.output.contains("-+-"))
    #expect(
      unicode.output.split(separator: "\n").count == plain.output.split(separator: "\n").count
    )
  }

  /// A file of pictures that is there stops a run before it begins.
  @Test func picturesReplaceNothingUnasked() throws {
    let place = try Workplace([
      "m.ppl": ConjugateModel.text + Self.script + "plot density(post.mu)\n",
      "d.json": ConjugateModel.data, "m.fit.html": "mine",
    ])
    let result = try place.run("run", "m.ppl", "--data", "d.json")
    #expect(result.status == 4)
    #expect(result.errors.contains("m.fit.html exists already; add --overwrite to replace it"))
    #expect(!place.exists("m.fit.zarr"))
    #expect(try text("m.fit.html", in: place) == "mine")
  }
}
