import Foundation
import PPLJSON
import Testing

/// Ctrl-C during a run.
@Suite struct InterruptionTests {
  /// A gradient over 200,000 terms, none like another and with no closed form of their sum: the million draws that are
  /// asked for take far longer than the test, which stops them at the first line that tells of draws.
  private let model = """
    dim n = 200_000
    data y[i: n] = i / 100_000
    mu ~ Normal(0, 1)
    y[i: n] ~ StudentT(4, mu, 3)
    infer post = nuts(chains: 1, warmup: 3, draws: 1_000_000, seed: 1)
    show post
    """

  private func interrupt(_ place: Workplace, _ more: String...) throws
    -> (result: CommandResult, drawn: Int)
  {
    let running = try place.start(["run", "m.ppl", "--out", "f.zarr"] + more)
    let line = try place.line(with: "  sampling  ", from: running)
    running.process.interrupt()
    let result = try place.finish(running)
    // "chain 1  57/1000003  sampling  …"
    let words = try #require(line, "\(result.errors)").split(separator: " ")
    let count = try #require(words[2].split(separator: "/").first.flatMap { Int($0) })
    return (result, count - 3)
  }

  @Test func whatWasDrawnIsKeptAndSummarised() throws {
    let place = try Workplace(["m.ppl": model])
    let (result, drawn) = try interrupt(place)
    #expect(result.status == 130)
    #expect(drawn > 0)
    #expect(result.output.contains("ess_bulk"))
    #expect(result.output.contains("\nmu "))
    let draws = try Draws(place.path + "/f.zarr")
    #expect(draws.counts.count == 1)
    #expect(draws.counts[0] >= drawn)
    #expect(draws.counts[0] < 1_000_000)
    let values = try draws.values("mu")
    #expect(values.count == draws.counts[0])
    #expect(values.allSatisfy { $0.isFinite })
    #expect(result.errors.contains("\(draws.counts[0]) draws of 1 chains are kept"))
    #expect(!place.exists("f.zarr.new"))
  }

  @Test func theReportIsWholeToo() throws {
    let place = try Workplace(["m.ppl": model])
    let (result, _) = try interrupt(place, "--format", "json")
    #expect(result.status == 130)
    let fit = try #require(result.json()["fits"]?.elements.first)
    #expect(fit["path"]?.string == "f.zarr")
    #expect(fit["parameters"]?["mu"]?["mean"] != nil)
  }
}
