import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLTensorCore
import Testing

/// What a value is said to depend on is what changes it, and where the structure is plain no more.
@Suite struct ElementDependenceTests {
  typealias Reach = ElementDependence.Reach

  private static let shape: Shape = [3, 4]

  /// A value of an array of 3 by 4 and a matrix of 4 by 2, with what is to be said of it along both axes.
  struct Reading: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var expected: [Reach]
    var value: @Sendable (_ array: GraphValue, _ other: GraphValue) -> GraphValue
  }

  private static func positions(_ values: [Double], _ builder: GraphBuilder) -> GraphValue {
    builder.constant(Tensor(shape: [values.count], kind: .integer, values: values))
  }

  private static let rows: Reach = .along(axis: 0, maps: [[0, 1, 2]])
  private static let columns: Reach = .along(axis: 1, maps: [[0, 1, 2, 3]])

  static let readings: [Reading] = [
    .init(testDescription: "elementwise", expected: [rows, columns]) { array, _ in
      (array * 2).exp() + array.square()
    },
    .init(testDescription: "sum of a row", expected: [rows, .all]) { array, _ in
      array.sum(axes: [1])
    },
    .init(testDescription: "product with a matrix", expected: [rows, .all]) { array, other in
      array.matrixMultiply(other)
    },
    .init(
      testDescription: "product from the other side",
      expected: [.all, columns]
    ) { array, other in
      other.slice(axis: 0, start: 0, count: 3).matrixTranspose().matrixMultiply(array)
    },
    .init(
      testDescription: "neighbours",
      expected: [.along(axis: 0, maps: [[1, 2], [0, 1]]), columns]
    ) { array, _ in
      array.slice(axis: 0, start: 1, count: 2) - array.slice(axis: 0, start: 0, count: 2)
    },
    .init(
      testDescription: "rows by groups",
      expected: [.along(axis: 0, maps: [[2, 0, 2, 1, 2]]), columns]
    ) { array, _ in
      array.gather(positions([2, 0, 2, 1, 2], array.builder))
    },
    .init(
      testDescription: "with axes in another order and one more",
      expected: [
        .along(axis: 2, maps: [[0, 1, 2]]), .along(axis: 1, maps: [[0, 1, 2, 3]]),
      ]
    ) { array, other in
      array.transpose([1, 0]).reshape([1, 4, 3])
        + other.transpose([1, 0]).reshape([2, 4, 1])
    },
    .init(
      testDescription: "joined axes",
      expected: [
        .along(axis: 0, maps: [[0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]]),
        .along(axis: 0, maps: [[0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3]]),
      ]
    ) { array, _ in
      array.square().reshape([12])
    },
    .init(testDescription: "joined and taken apart again", expected: [rows, columns]) { array, _ in
      array.square().reshape([12]).exp().reshape([3, 4])
    },
    .init(testDescription: "taken apart otherwise", expected: [.all, .all]) { array, _ in
      array.square().reshape([2, 6])
    },
    .init(
      testDescription: "behind what does not depend on it",
      expected: [.along(axis: 0, maps: [[-1, -1, -1, -1, 0, 1, 2, -1]]), .all]
    ) { array, other in
      GraphValue.concatenate(
        [other.sum(axes: [1]), array.sum(axes: [1]).pad(axis: 0, before: 0, after: 1)],
        axis: 0
      )
    },
    .init(
      testDescription: "sums of groups",
      expected: [.along(axis: 0, maps: [[0, 1], [2, -1]]), columns]
    ) { array, _ in
      array.scatterAdd(positions([0, 1, 0], array.builder), rows: 2)
    },
    .init(testDescription: "running sums", expected: [.all, columns]) { array, _ in
      array.cumulativeSum(axis: 0)
    },
    .init(
      testDescription: "an index",
      expected: [rows, columns]
    ) { array, other in
      other.transpose([1, 0]).gather(array.isGreater(than: 0)).sum(axes: [2])
    },
    .init(testDescription: "pairs", expected: [.all, .all]) { array, _ in
      array.reshape([3, 1, 4]) * array.reshape([1, 3, 4]) + array.reshape([3, 4, 1]).sum(axes: [1])
    },
  ]

  @Test(arguments: readings)
  func dependenceIsFoundAndHolds(_ reading: Reading) throws {
    let builder = GraphBuilder()
    let array = builder.addInput(shape: Self.shape)
    let other = builder.addInput(shape: [4, 2])
    let value = reading.value(array, other)
    let graph = builder.build(outputs: [value])
    let dependence = ElementDependence(graph, on: Self.shape) { $0 == .input(0) }
    let found = try #require(dependence.outputs[0])
    #expect(found == reading.expected)
    let executor = ReferenceExecutor(graph)
    let inputs = (0..<20).map { Double(($0 * 7) % 11) / 4 - 1.1 }
    let base = executor.run(inputs: inputs, outputCount: graph.outputCount)
    for element in 0..<12 {
      for step in [0.3, -3, 3] {
        var moved = inputs
        moved[element] += step
        let values = executor.run(inputs: moved, outputCount: graph.outputCount)
        for (position, (a, b)) in zip(base, values).enumerated() where a != b {
          let place = [element / 4, element % 4]
          for (axis, reach) in found.enumerated() {
            guard case .along(let own, let maps) = reach else { continue }
            let index = position / value.shape.strides[own] % value.shape[own]
            #expect(maps.contains { $0[index] == place[axis] }, "\(element) moves \(position)")
          }
        }
      }
    }
  }

  @Test func whatDoesNotDependOnItIsTold() {
    let builder = GraphBuilder()
    _ = builder.addInput(shape: Self.shape)
    let other = builder.addInput(shape: [4, 2])
    let graph = builder.build(outputs: [other.exp()])
    let dependence = ElementDependence(graph, on: Self.shape) { $0 == .input(0) }
    #expect(dependence.outputs == [nil])
  }
}
