import PPLInference
import PPLModelCompiler
import PPLSemantics
import PPLSyntax
import PPLTypeSystem

/// Proposals that are tried with cheap functions first: `extern fn f(…) = process("…", approx: cheap)`.
extension Model {
  /// The functions outside of the program that have a cheap one.
  private var approximated: [CheckedExternal] {
    bound.model.externals.filter { $0.approximation != nil }
  }

  /// The log density with the cheap functions; nil where there are none, or the engine has no use for it.
  func screening(_ plan: ChainPlan) throws(SamplingFailure) -> GraphLogDensity? {
    guard plan.signature.screensProposals, !approximated.isEmpty else { return nil }
    do throws(LoweringError) {
      let graph = try ModelCompiler.compileScreening(
        bound,
        rewrites: compiled.selection,
        elementBudget: compiled.elementBudget
      )
      return GraphLogDensity(dimension, ExecutableGraph(graph, executor))
    } catch { throw .program(error.diagnostic) }
  }

  /// What the cheap functions have saved, or why they were of no use.
  func screeningNotes(_ plan: ChainPlan, _ results: [ChainResult]) -> [String] {
    guard !approximated.isEmpty else { return [] }
    guard plan.signature.screensProposals else { return [screeningLine(plan.signature)] }
    let tried = results.map(\.screenedCount).reduce(0, +)
    let rejected = results.map(\.screenedOutCount).reduce(0, +)
    let share = tried > 0 ? (Double(rejected) / Double(tried) * 1000).rounded() / 10 : 0
    return [
      "\(cheapNames) turned down \(rejected) of \(tried) proposals (\(share) %) before"
        + " \(trueNames) was called for them"
    ]
  }

  /// What the cheap functions are to an engine.
  func screeningLine(_ signature: EngineSignature) -> String {
    signature.screensProposals
      ? "proposals are tried with \(cheapNames) before \(trueNames) is called"
      : "\(cheapNames) is of no use to `\(signature.name)`: `metropolis` tries proposals with it before"
        + " \(trueNames) is called"
  }

  /// Whether there is something to say of cheap functions.
  var hasScreening: Bool { !approximated.isEmpty }

  private var cheapNames: String {
    approximated.compactMap { $0.approximation.map { "`\($0.text)`" } }.joined(separator: ", ")
  }

  private var trueNames: String {
    approximated.map { "`\($0.name.text)`" }.joined(separator: ", ")
  }
}
