import PPLExecution
import PPLGraphIR
import PPLJSON
import PPLModelCompiler
import PPLReporting
import PPLSemantics
import PPLSourceText
import PPLSyntax

// What `show probabilities(post.z)` does.

extension ScriptRunner {
  /// Shows the posterior probabilities of the states of a latent that is summed out.
  ///
  /// They are means, over the draws, of the exact probabilities given each draw of all else.
  mutating func showProbabilities(
    _ id: VariableID,
    _ index: Int,
    _ span: SourceSpan,
    _ emit: (RunEvent) -> Void
  ) throws(SamplingFailure) {
    guard let fit = fits[index] else { return }
    let found: StateProbabilities?
    let positions: [[Double]]
    do {
      found = try ModelCompiler.stateProbabilities(
        of: id,
        model.bound,
        held: model.density?.held ?? []
      )
      positions = try model.writtenPositions(of: fit)
    } catch {
      throw .program(error.diagnostic)
    }
    guard let found else {
      let variable = model.bound.model.variables[id.index].name
      if model.density?.held.contains(id) == true {
        throw .program(
          Diagnostic(
            code: "E0608",
            message: "`\(variable.text)` is drawn value by value, not summed out",
            primary: .init(span),
            help: "its draws tell how often it has a value: `show \(fit.name).\(variable.text)`"
          )
        )
      }
      throw .program(
        Diagnostic(
          code: "E0608",
          message: "nothing of this quantity is summed out with these data",
          primary: .init(span),
          help: "its values are known"
        )
      )
    }
    let executor = ExecutableGraph(found.graph, model.executor).makeExecutor()
    let count = found.graph.outputCount
    var sums = [Double](repeating: 0, count: count)
    for position in positions {
      let probabilities = executor.run(inputs: position, outputCount: count)
      for element in sums.indices { sums[element] += probabilities[element] }
    }
    let width = count / max(1, found.states.count)
    let rows = found.elements.map { element in
      found.states.indices.map { sums[$0 * width + element] / Double(max(1, positions.count)) }
    }
    let text = model.program.source.text(of: span)
    answers.append(
      QueryAnswer(
        text: text,
        value: [
          "states": .array(found.states.map { .string($0) }),
          "elements": .array(found.names.map { .string($0) }),
          "probabilities": .array(rows.map { row in .array(row.map { .real($0) }) }),
        ]
      )
    )
    let table = ProbabilityTable(states: found.states, names: found.names, rows: rows)
    emit(.output(text + "\n" + table.text()))
  }
}

extension Model {
  /// The positions that a fit has kept, as the model is written.
  fileprivate func writtenPositions(of fit: Fit) throws(LoweringError) -> [[Double]] {
    let flat = fit.positions.map { $0.prefix(fit.drawCount * dimension) }
    let positions = flat.flatMap { chain in
      stride(from: 0, to: chain.count, by: max(1, dimension)).map {
        Array(chain[(chain.startIndex + $0)..<(chain.startIndex + $0 + dimension)])
      }
    }
    guard !fit.weights.isEmpty, let adaptive = try graphs.adaptive(compiled, bound) else {
      return positions
    }
    let executor = ExecutableGraph(adaptive.model.recentering, .reference).makeExecutor()
    let written = fit.weights.map { _ in 1.0 }
    return positions.map {
      executor.run(inputs: $0 + fit.weights + written, outputCount: dimension)
    }
  }
}
