import Foundation
import PPL
import PPLInference
import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting
import PPLTypeSystem
import TestSupport
import Testing

private let hasArviZ =
  (try? runPython("import arviz, sys; sys.exit(not hasattr(arviz, 'from_zarr'))", []))?.0 ?? false

private let hasPosterior = (try? runR("library(posterior)", []))?.0 ?? false

/// Fits of every engine as the programs read them that others analyse fits with.
@Suite struct ReaderTests {
  @Test func everyEngineHasAProgram() {
    let names = Set(FitProgram.all.map(\.engine))
    #expect(names == Set(EngineLibrary.standard.engines.map(\.name)))
  }

  /// ArviZ gives every draw under the name that the fit gives it, and summarises them.
  @Test(.enabled(if: hasArviZ, "\(python) has no ArviZ with from_zarr; set PPL_PYTHON"))
  func fitsOfAllEnginesOpenInArviZ() async throws {
    var fits: [MadeFit] = []
    var expected: [JSONValue] = []
    for program in FitProgram.all {
      let made = try await MadeFit(program)
      let fit = try StoredFit(path: made.path)
      fits.append(made)
      var elements: [JSONMember] = []
      for name in fit.elementNames {
        let draws = try #require(try fit.draws(of: name))
        elements.append(JSONMember(name, .array(draws.map { .array($0.map(JSONValue.real)) })))
      }
      expected.append([
        "path": .string(made.path), "engine": .string(program.engine),
        "elements": .object(elements),
      ])
    }
    let file = try #require(fits.first).other("expected.json")
    try Data(JSONValue.array(expected).utf8(.line)).write(to: URL(filePath: file))
    let (isGood, output) = try runPython(
      """
      import sys, json, itertools, numpy as np, arviz as az
      for fit in json.load(open(sys.argv[1])):
          idata = az.from_zarr(fit["path"])
          found = {}
          # A fit that draws nothing, as of weights without prior, has no posterior for ArviZ.
          posterior = idata.posterior if fit["elements"] else None
          if posterior is not None:
              assert posterior.attrs["engine"] == fit["engine"], posterior.attrs
          for name, array in posterior.data_vars.items() if posterior is not None else []:
              assert array.dims[:2] == ("chain", "draw"), array.dims
              labels = [array[d].values.tolist() for d in array.dims[2:]]
              flat = array.values.reshape(array.shape[:2] + (-1,))
              for i, index in enumerate(itertools.product(*labels)):
                  key = name + ("[" + ",".join(map(json.dumps, index)) + "]" if index else "")
                  found[key] = flat[:, :, i]
          assert set(found) == set(fit["elements"]), (fit["engine"], list(found))
          for name, draws in fit["elements"].items():
              assert (found[name] == np.array(draws)).all(), (fit["engine"], name)
          if found and posterior.sizes["draw"] > 3:
              table = az.summary(idata, kind="stats", round_to="none")
              mean = np.mean([np.mean(draws) for draws in found.values()])
              assert np.isclose(table["mean"].mean(), mean, rtol=1e-9), fit["engine"]
          if "sample_stats" in idata.groups():
              for name, array in idata.sample_stats.data_vars.items():
                  assert array.dims[:2] == ("chain", "draw"), (fit["engine"], name)
          print(fit["engine"], len(found), "observed_data" in idata.groups())
      """,
      [file]
    )
    try #require(isGood, "\(output)")
    let lines = output.split(separator: "\n")
    #expect(lines.count == FitProgram.all.count)
    for (line, program) in zip(lines, FitProgram.all) {
      #expect(line.hasPrefix("\(program.engine) "))
      #expect(line.hasSuffix(" True"), "\(line)")
    }
  }

  /// The exported files of chains, read by R: its package `posterior` finds the figures that our summary has.
  ///
  /// In halves of very few draws it looks at two lags fewer than ArviZ and our summary do.
  @Test(
    .enabled(if: hasPosterior, "Rscript is not there, or has no package posterior"),
    arguments: ["nuts", "slice", "gibbs", "tempering"]
  )
  func exportsOpenInR(engine: String) async throws {
    let program = try #require(FitProgram.all.first { $0.engine == engine })
    let made = try await MadeFit(program.text.replacing("draws: 50", with: "draws: 400"))
    let fit = try StoredFit(path: made.path)
    #expect(fit.drawCount == 400)
    let files = try fit.export(.stanCSV, to: made.other("stan"), replacing: false)
    #expect(files.count == fit.chainCount)
    let (isGood, output) = try runR(
      """
      suppressMessages(library(posterior))
      chains <- lapply(commandArgs(TRUE), read.csv, comment.char = "#", check.names = FALSE)
      for (name in grep("__$", names(chains[[1]]), value = TRUE, invert = TRUE)) {
        x <- sapply(chains, function(chain) chain[[name]])
        q <- quantile(x, c(0.05, 0.95), names = FALSE)
        figures <- c(mean(x), sd(x), mcse_mean(x), q, ess_bulk(x), ess_tail(x), rhat(x))
        cat(name, format(figures, digits = 17, trim = TRUE), "\\n")
      }
      """,
      files
    )
    try #require(isGood, "\(output)")
    let lines = output.split(separator: "\n").map { $0.split(separator: " ") }
    let names = fit.elementNames
    #expect(lines.count == names.count)
    let summaries = try fit.summaries().flatMap(\.summaries)
    for (line, (name, own)) in zip(lines, zip(names, summaries)) {
      #expect(line.first?.prefix { $0 != "." } == name.prefix { $0 != "[" })
      let figures = line.dropFirst().compactMap { Double($0) }
      let expected = [
        own.mean, own.sd, own.mcse, own.q5, own.q95, own.essBulk, own.essTail, own.rhat,
      ]
      #expect(figures.count == expected.count)
      for (figure, value) in zip(figures, expected) {
        #expect(abs(figure - value) <= 1e-8 * max(own.sd, abs(value)), "\(name): \(line)")
      }
    }
  }
}
