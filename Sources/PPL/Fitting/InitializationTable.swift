import PPLExecution
import PPLGraphIR
import PPLInference
import PPLModelCompiler
import PPLSourceText
import PPLTensorCore

/// What each statement contributes at a point where the log density is not finite.
struct InitializationTable {
  let model: Model

  /// The table for the last point tried: statement, line, log density, first offending element.
  func text(for failure: InitializationFailure) throws(LoweringError) -> String {
    guard let attempt = failure.lastAttempts.last else { return "" }
    return try text(at: attempt.position, gradient: attempt.gradient)
  }

  /// The table for a position; its gradient is looked at where the density is finite.
  func text(at position: [Double], gradient: [Double]) throws(LoweringError) -> String {
    let (terms, graph) = try ModelCompiler.statementTerms(model.bound, held: model.compiled.held)
    let outputs = ReferenceExecutor(graph).run(
      inputs: position,
      outputCount: graph.outputCount
    )
    var rows = [["statement", "line", "log density", "first offending element"]]
    var offset = 0
    for term in terms {
      let total = outputs[offset]
      let elements = outputs[(offset + 1)..<(offset + 1 + term.elements.count)]
      offset += 1 + term.elements.count
      var offending = ""
      if let index = elements.firstIndex(where: { !$0.isFinite }) {
        offending =
          "\(term.elements.name(of: index - elements.startIndex)): \(short(elements[index]))"
      }
      let line = model.program.source.position(of: term.span.start).line
      rows.append([term.elements.name, "\(line)", short(total), offending])
    }
    var text = aligned(rows)
    if terms.indices.allSatisfy({ rows[$0 + 1][3].isEmpty }) {
      text += gradientNote(gradient)
    }
    return text
  }

  /// Where the density is finite but its gradient is not.
  private func gradientNote(_ gradient: [Double]) -> String {
    guard let index = gradient.firstIndex(where: { !$0.isFinite }),
      let block = model.compiled.blocks.last(where: { $0.offset <= index })
    else { return "" }
    return "\nThe log density is finite; its gradient with respect to `\(block.name)`"
      + " (element \(index - block.offset + 1)) is \(short(gradient[index])).\n"
  }

  private func short(_ value: Double) -> String {
    // The sign of a NaN means nothing.
    if value.isNaN { return "nan" }
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    let scaled = (value * 100).rounded() / 100
    return "\(scaled)"
  }

  private func aligned(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      var line = "  " + cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n") + "\n"
  }
}
