import PPLGraphIR
import PPLSemantics
import PPLTensorCore

/// Log factors over discrete latents: one table for each of n instances.
///
/// Axes of the table: the states of each reading, then the instances (size 1 where they have the same table).
struct DiscreteFactor {
  /// Which element of a latent an axis of the table stands for, for each instance.
  struct Reading {
    var variable: VariableID
    var positions: [Int]
  }

  var table: GraphValue
  var readings: [Reading]
  var instanceCount: Int

  /// Numbers of the axes that stand for elements of a variable.
  func axes(of variable: VariableID) -> [Int] {
    readings.indices.filter { readings[$0].variable == variable }
  }
}

/// A discrete latent that is summed out.
struct DiscreteLatent {
  var variable: VariableID
  var name: String
  /// Sizes of its plate.
  var sizes: [Int]
  /// The values that an element can have.
  var states: [Double]

  var elementCount: Int { sizes.reduce(1, *) }
}

/// How a latent was summed out, and what is needed to draw it back.
enum EliminationStep {
  /// Elements are independent given others: `[states, others…, elements]`.
  case independent(DiscreteLatent, joint: GraphValue, others: [Other])
  /// A chain along one axis.
  case chain(ChainElimination)
  /// Two latents with the same axes that were joined to one, of all pairs of their states.
  case joined(DiscreteLatent, first: DiscreteLatent, second: DiscreteLatent)
  /// A latent whose parts at the indices of one axis were taken apart.
  case split(DiscreteLatent, axis: Int, parts: [DiscreteLatent])

  /// The element of another latent on which each element depends.
  struct Other {
    var variable: VariableID
    var positions: [Int]
  }
}

extension GraphValue {
  /// The values of instances added up for each of `count` elements; instances lie along the last axis.
  func summed(into positions: [Int], count: Int, instanceCount: Int) -> GraphValue {
    let axis = shape.rank - 1
    if positions == Array(0..<count) { return self }
    // A size of 1 stands for all instances.
    let whole = broadcast(to: shape.replacing(axis: axis, with: instanceCount))
    if count > 0, instanceCount % count == 0 {
      let each = instanceCount / count
      if positions.indices.allSatisfy({ positions[$0] == $0 / each }) {
        var split = Array(whole.shape.sizes.dropLast())
        split += [count, each]
        return whole.reshape(Shape(split)).sum(axes: [axis + 1])
          .reshape(Shape(Array(split.dropLast())))
      }
    }
    let index = builder.constant(
      Tensor(shape: Shape([instanceCount]), kind: .integer, values: positions.map(Double.init))
    )
    let order = [axis] + Array(0..<axis)
    let back = Array(1..<axis + 1) + [0]
    return whole.transpose(order).scatterAdd(index, rows: count).transpose(back)
  }

  /// This value with other axes in between, of size 1 where `places` does not name them.
  ///
  /// `places[k]` is the place of the k-th axis among `rank` axes.
  func placed(_ places: [Int], rank: Int) -> GraphValue {
    let order = places.indices.sorted { places[$0] < places[$1] }
    var sizes = [Int](repeating: 1, count: rank)
    for (axis, place) in places.enumerated() { sizes[place] = shape[axis] }
    return transpose(order).reshape(Shape(sizes))
  }
}

extension EliminationStep {
  /// The step for people: what is summed out, how, and how large the table is.
  var summary: String {
    switch self {
    case .independent(let latent, let joint, _):
      "sum out \(latent.name): \(latent.elementCount) element"
        + (latent.elementCount == 1 ? "" : "s") + " of \(latent.states.count) states one by one,"
        + " a table of \(joint.shape.count) terms"
    case .chain(let chain):
      "sum out \(chain.latent.name): forward algorithm along \(chain.length) elements of"
        + " \(chain.latent.states.count) states"
        + (chain.order == 1 ? "" : ", each after the two before")
        + (chain.seriesCount == 1 ? "" : ", \(chain.seriesCount) series")
        + ", \(chain.tableSize) terms"
    case .joined(let pair, _, _):
      "join \(pair.name) to one latent of \(pair.states.count) states"
    case .split(let latent, let axis, let parts):
      "take \(latent.name) apart into \(parts.count) along axis \(axis + 1)"
    }
  }
}
