/// A value of the plan: a node's, or a copy that a step needs.
struct PlannedValue {
  /// What the value comes from.
  enum Source {
    /// Steps of the plan.
    case computed
    /// An input of the graph by its number, and where it begins among all of them.
    case input(Int, offset: Int)
    /// A constant of the graph, by its number.
    case constant(Int)
    /// Elements that the plan itself makes of data.
    case table([Double])
    /// The same number everywhere.
    case uniform(Double)
    /// The buffer of all outputs.
    case outputs
  }

  var source: Source
  /// Number of elements.
  var count: Int
  /// Where it lies; nil while it needs no memory.
  var place: Place?

  var isComputed: Bool {
    if case .computed = source { true } else { false }
  }
}

/// A place in one of the memories that compiled code is given.
struct Place {
  enum Memory: Hashable {
    case inputs, outputs, constants, arena
    /// What a step of a loop is given as its k-th input.
    case operand(Int)
  }

  var memory: Memory
  /// Number of the first element.
  var offset: Int
}
