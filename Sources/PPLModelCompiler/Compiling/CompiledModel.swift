package import PPLGraphIR
package import PPLRewrites
package import PPLSemantics
package import PPLSourceText
package import PPLTensorCore

/// A bound model as graphs over the unconstrained position q: the latents' values one behind the other.
package struct CompiledModel: Sendable {
  /// q → log density with the Jacobian of the transforms (what samplers see).
  package var density: Graph
  /// q → the same, then its gradient, in which 0 stands for the derivatives by coordinates of blocks that are not smooth; nil
  /// where it has none, and nobody needs one.
  package var knownGradient: Graph?
  /// The rewrites that made these two, in order.
  package var rewrites: [RewrittenGraph.Application]
  /// Which were asked for.
  package var selection: RewriteSelection
  /// Elements that each graph may hold.
  package var elementBudget: Int
  /// q → the values of all recorded quantities; has random nodes where quantities are generated.
  package var draw: Graph
  /// q → log density with Jacobian, log density alone; as lowered, without rewrites.
  package var densityParts: Graph
  /// Number of unconstrained values, D.
  package var dimension: Int
  /// What `draw` gives first, in the order of its outputs.
  package var recorded: [RecordedQuantity]
  /// Log likelihoods of observations, which `draw` gives after that; empty where there are too many to be kept.
  package var likelihoods: [PointwiseLikelihood]
  /// Which part of q belongs to which sampled statement.
  package var blocks: [LatentBlock]
  /// Whether elements can have other coordinates than their values; see `AdaptiveModel`.
  package var hasCoordinatesToChoose: Bool
  /// How discrete latents were summed out, in order.
  package var eliminations: [String]
  /// A normaliser that is constant and not known was left out.
  package var dropsConstant: Bool
  /// The systems of differential equations that are solved.
  package var systems: [SolvedSystem] = []
}

extension CompiledModel {
  /// Whether there is a gradient by all coordinates.
  package var hasWholeGradient: Bool { knownGradient != nil && blocks.allSatisfy(\.isSmooth) }

  /// The discrete latents that are coordinates.
  package var held: Set<VariableID> {
    Set(blocks.filter { $0.integers != nil }.map(\.variable))
  }

  /// The gradient, of a model that was compiled for those who need it.
  package var gradient: Graph {
    guard let knownGradient else {
      preconditionFailure("Models are compiled with the `need` of those who ask for a gradient.")
    }
    return knownGradient
  }
}

/// A system of differential equations of a compiled model.
package struct SolvedSystem: Sendable {
  package var span: SourceSpan
  package var body: ODEBody
}

/// A quantity whose draws are kept.
package struct RecordedQuantity: Sendable {
  /// One axis with the labels of its elements.
  package struct Axis: Sendable {
    /// Name of the dimension, or one made of the quantity's name.
    package var name: String
    package var labels: BoundDimension

    package init(name: String, labels: BoundDimension) {
      self.name = name
      self.labels = labels
    }
  }

  package var variable: VariableID
  package var name: String
  package var role: ModeledRole
  package var axes: [Axis]
  package var kind: ElementKind
  /// Names of the elements, where the labels of the axes do not make them.
  package var cellNames: [String]?
  /// Of an array with rows of different lengths: the elements that exist, and the shape that it has with all.
  package var existing: (positions: [Int], shape: Shape)?

  package init(
    variable: VariableID,
    name: String,
    role: ModeledRole,
    axes: [Axis],
    kind: ElementKind
  ) {
    self.variable = variable
    self.name = name
    self.role = role
    self.axes = axes
    self.kind = kind
  }

  package var shape: [Int] { axes.map(\.labels.count) }
  package var count: Int { shape.reduce(1, *) }

  /// The names of the elements in row-major order: `mu`, `theta[1]`, `alpha["ANOKA"]`.
  package var elementNames: [String] {
    if let cellNames { return cellNames }
    var names = [""]
    for (position, axis) in axes.enumerated() {
      let labels = (0..<axis.labels.count).map { axis.labels.name(at: $0) }
      names = names.flatMap { prefix in
        labels.map { position == 0 ? $0 : "\(prefix),\($0)" }
      }
    }
    return axes.isEmpty ? [name] : names.map { "\(name)[\($0)]" }
  }
}

extension RecordedQuantity {
  /// The quantity with all elements of its shape from those that are recorded: others repeat the one before.
  func whole(_ recorded: GraphValue) -> GraphValue {
    guard let existing else { return recorded }
    var places = [Double](repeating: 0, count: existing.shape.count)
    var next = 0
    for position in places.indices {
      if next < existing.positions.count, existing.positions[next] == position {
        places[position] = Double(next)
        next += 1
      } else {
        places[position] = Double(max(0, next - 1))
      }
    }
    let index = recorded.builder.constant(
      Tensor(shape: [places.count], kind: .integer, values: places)
    )
    return recorded.gather(index).reshape(existing.shape)
  }
}

/// The log likelihoods of the observations of one quantity.
package struct PointwiseLikelihood: Sendable {
  /// The observed quantity.
  package var name: String
  /// What tells its observations apart: the labels in brackets.
  package var labels: [String]
  /// Of each dimension in the brackets of all of its statements, the position of each observation.
  package var positions: [String: [Int]]
}

/// The coordinates of one sampled statement, or of one discrete latent that is not summed out.
package struct LatentBlock: Sendable {
  package var variable: VariableID
  /// Number of the statement, of several the first.
  package var equation: Int
  package var name: String
  /// First element in q.
  package var offset: Int
  /// Number of elements in q.
  package var count: Int
  /// Whether its elements can have other coordinates than their values.
  package var canBeCentered: Bool
  package var span: SourceSpan
  /// Of a discrete latent the ends of its values; its coordinates are these themselves.
  package var integers: IntegerEnds?
  /// Whether functions outside of the program leave the log density without a gradient by its coordinates.
  package var isOpaque = false

  /// Whether the log density has a gradient by its coordinates.
  package var isSmooth: Bool { integers == nil && !isOpaque }
}
