import PPLSourceText
import PPLSyntax
import PPLTypeSystem

/// What equations define or observe: a variable; what computes data and what observes them are two things.
struct DefinitionKey: Hashable {
  var variable: VariableID
  var computesData: Bool
}

/// Which elements the equations of one key define, each with the first equation that does.
struct DefinedElements {
  /// The first of all equations.
  private var first: Int?
  /// The first that defines every element.
  private var covering: Int?
  /// Those with fixed items only, by their labels.
  private var byLabels: [[FixedLabel]: Int] = [:]

  /// Takes in an equation.
  ///
  /// - Returns: the first that defines an element of it already.
  mutating func note(_ index: Int, coversAll: Bool, labels: [FixedLabel]?) -> Int? {
    let others = [covering, coversAll ? first : nil, labels.flatMap { byLabels[$0] }]
    first = first ?? index
    if coversAll { covering = covering ?? index }
    if let labels, byLabels[labels] == nil { byLabels[labels] = index }
    return others.compactMap(\.self).min()
  }
}

/// A fixed item of a target as the program has it.
enum FixedLabel: Hashable {
  case number(Double)
  case string(String)
}

extension ModelChecker {
  /// Reports an equation that defines again what another defines, as far as the text tells; what is left
  /// shows when data are bound.
  ///
  /// - Complexity: O(number of items), however many equations the variable has.
  func noteDefinition(_ entry: PendingEquation, _ index: Int) {
    let new = model.equations[index]
    let variable = model.variables[entry.variable.index]
    var key = DefinitionKey(variable: entry.variable, computesData: false)
    if case .computed = variable.role, case .definition = new.body { key.computesData = true }
    if let other = definedElements[key, default: DefinedElements()].note(
      index,
      coversAll: coversAll(new),
      labels: fixedLabels(new)
    ) {
      error(
        "E0401",
        "`\(variable.name.text)` is defined twice",
        at: new.targetSpan,
        "again here",
        also: [.init(model.equations[other].targetSpan, "first here")],
        help: "each element has exactly one equation; remove one of them"
      )
    }
  }

  private func coversAll(_ equation: CheckedEquation) -> Bool {
    guard equation.condition == nil else { return false }
    return equation.items.allSatisfy { item in
      guard case .binder(let binder) = item else { return false }
      switch binder.domain {
      case .dimension(_, let range): return range == nil
      case .integers(let lower, _): return lower == nil
      }
    }
  }

  /// The labels of a target whose items are all literal labels.
  private func fixedLabels(_ equation: CheckedEquation) -> [FixedLabel]? {
    var labels: [FixedLabel] = []
    for item in equation.items {
      guard case .fixed(let fixed) = item, case .index(_, let label) = fixed.kind else {
        return nil
      }
      if let number = literal(label) {
        labels.append(.number(number))
      } else if case .string(let text) = label.kind {
        labels.append(.string(text))
      } else {
        return nil
      }
    }
    return labels.isEmpty ? nil : labels
  }
}
