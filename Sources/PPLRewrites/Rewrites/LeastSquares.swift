package import PPLGraphIR
import PPLTensorCore

/// Sums squares of a linear form over as many rows as it has coefficients, not over all data.
///
///     Σᵢ (yᵢ + Σₜ cₜ xₜᵢ)² = Σₛ (rₛ + Σₜ Rₛₜ (cₜ + bₜ))² + e²
///
/// with the QR decomposition that `ReducedRows` describes. Where coefficients are grouped by one constant index, each
/// group has its own R, and the rows are vectors over groups. A scale, common or grouped alike, may divide the form.
///
/// - Matches: the sum of all elements of the square of a linear form (`LinearAnalysis`) that is grouped by at most one
///   index, where this is less work.
/// - Value and gradient: the coefficients stay nodes of the graph, so that the gradient is that of the same
///   function. The error is that of rounding yᵢ and cₜ xₜᵢ, as before.
package struct LeastSquares: Rewrite {
  package let name = "least-squares"
  package let summary = "sums of squares of linear forms use the data's triangular factor"

  /// With more columns than this, grouped rows would need too many nodes.
  private static let groupedColumnLimit = 8

  package init() {}

  package func replacement(for id: NodeID, in site: RewriteSite) -> GraphValue? {
    guard let square = site.operandOfFullSum(id), site.node(square).op == .unary(.square) else {
      return nil
    }
    guard let problem = SquaresOfForm(site.node(square).operands[0], site),
      1.5 * problem.work < site.workSaved(without: id),
      let value = problem.value(site)
    else { return nil }
    let node = site.node(id)
    return value.kind == node.kind ? value.reshape(node.shape) : nil
  }

  /// A linear form, divided by a scale, whose squares are to be summed.
  private struct SquaresOfForm {
    private var form: LinearForm
    private var scale: GraphValue?
    /// The index by which coefficients or scale are grouped.
    private var index: IndexTable?
    private let columnCount: Int

    init?(_ id: NodeID, _ site: RewriteSite) {
      var analysis = LinearAnalysis(site)
      var numerator = id
      let node = site.node(id)
      var coefficients: [Coefficient] = []
      if node.op == .binary(.divide),
        site.node(node.operands[0]).shape.count == node.shape.count,
        let divisor = analysis.form(of: node.operands[1], repeatedTo: node.shape),
        let coefficient = divisor.plainCoefficient
      {
        numerator = node.operands[0]
        coefficients.append(coefficient)
        switch coefficient {
        case .shared(let value), .grouped(let value, _): scale = value
        case .one, .vector: break
        }
      }
      guard let form = analysis.form(of: numerator),
        form.terms.allSatisfy({ $0.presence == nil })
      else { return nil }
      self.form = form
      coefficients += form.terms.map(\.coefficient)
      columnCount = form.terms.reduce(0) { $0 + $1.columnCount }
      for case .grouped(_, let next) in coefficients {
        guard index == nil || index == next else { return nil }
        index = next
      }
      if let index {
        guard columnCount <= groupedColumnLimit, 2 * index.usedRows.count <= form.count else {
          return nil
        }
      }
      guard columnCount > 0 else { return nil }
    }

    /// The work of the rows, as `Graph.work` counts.
    var work: Double {
      let k = Double(columnCount)
      if let index { return Double(index.usedRows.count) * (k * (k + 1) + 6 * k + 3) }
      return k * k + 6 * k + 3
    }

    /// The sum of squares, shape `[]`.
    func value(_ site: RewriteSite) -> GraphValue? {
      let budget = site.builder.elementBudget
      guard form.count <= budget / (2 * (columnCount + 1)) else { return nil }
      var columns: [[Double]] = []
      var known: [Double]?
      for term in form.terms {
        let data = TermColumns(term, count: form.count)
        let own = (0..<term.data.shape[1]).map { column in
          (0..<form.count).map { data[$0, column] }
        }
        if case .one = term.coefficient { known = own[0] } else { columns += own }
      }
      if let index { return grouped(columns, known, index, site) }
      guard let rows = ReducedRows(columns, y: known) else { return nil }
      return shared(rows, site)
    }

    // MARK: One set of rows

    private func shared(_ rows: ReducedRows, _ site: RewriteSite) -> GraphValue {
      let k = columnCount
      let coefficients = GraphValue.concatenate(
        form.terms.compactMap { term in
          switch term.coefficient {
          case .one: nil
          case .shared(let value), .grouped(let value, _), .vector(let value):
            value.reshape([term.columnCount])
          }
        },
        axis: 0
      )
      func constant(_ shape: Shape, _ values: [Double]) -> GraphValue {
        site.builder.constant(Tensor(shape: shape, values: values))
      }
      let shifted = (coefficients + constant([k], rows.shift)).reshape([k, 1])
      let factor = constant([k, k], rows.rows.flatMap { $0 })
      let product = k == 1 ? factor * shifted : factor.matrixMultiply(shifted)
      let values = divided(product + constant([k, 1], rows.constants))
      let residual = divided(site.builder.constant(rows.residual))
      return values.square().sum() + residual.square()
    }

    // MARK: Rows for each group

    private func grouped(
      _ columns: [[Double]],
      _ known: [Double]?,
      _ index: IndexTable,
      _ site: RewriteSite
    ) -> GraphValue? {
      let groupCount = index.usedRows.count
      var members = [[Int]](repeating: [], count: groupCount)
      for (element, group) in index.groups.enumerated() { members[group].append(element) }
      var groups: [ReducedRows] = []
      for member in members {
        guard
          let rows = ReducedRows(
            columns.map { column in member.map { column[$0] } },
            y: known.map { known in member.map { known[$0] } }
          )
        else { return nil }
        groups.append(rows)
      }
      func table(_ value: (ReducedRows) -> Double) -> GraphValue {
        site.builder.constant(Tensor(shape: [groupCount], values: groups.map(value)))
      }
      var shifted: [GraphValue] = []
      for term in form.terms {
        let values: [GraphValue] =
          switch term.coefficient {
          case .one: []
          case .shared(let value), .grouped(let value, _): [value]
          case .vector(let value):
            (0..<value.shape.count).map { value.slice(axis: 0, start: $0, count: 1) }
          }
        for value in values {
          let column = shifted.count
          shifted.append(value + table { $0.shift[column] })
        }
      }
      var sum = scale == nil ? nil : divided(table { $0.residual }).square()
      for row in 0..<columnCount {
        var value = table { $0.constants[row] }
        for column in row..<columnCount {
          value = value + table { $0.rows[row][column] } * shifted[column]
        }
        let square = divided(value).square()
        sum = sum.map { $0 + square } ?? square
      }
      guard scale == nil else { return sum?.sum() }
      return sum.map { $0.sum() + site.builder.constant(groups.sumOfSquares { $0.residual }) }
    }

    private func divided(_ value: GraphValue) -> GraphValue { scale.map { value / $0 } ?? value }
  }
}

extension LinearForm.Term {
  /// Number of parameter columns.
  fileprivate var columnCount: Int {
    if case .one = coefficient { return 0 }
    return data.shape[1]
  }
}

extension LinearForm {
  /// The coefficient, if that is all there is: one term whose data are 1 everywhere.
  fileprivate var plainCoefficient: Coefficient? {
    guard terms.count == 1, terms[0].presence == nil,
      terms[0].data.constantValue?.uniformValue == 1
    else { return nil }
    switch terms[0].coefficient {
    case .shared, .grouped: return terms[0].coefficient
    case .one, .vector: return nil
    }
  }
}

extension [ReducedRows] {
  fileprivate func sumOfSquares(_ value: (ReducedRows) -> Double) -> Double {
    var sum = CompensatedSum()
    for rows in self { sum.add(product: value(rows), value(rows)) }
    return sum.value
  }
}
