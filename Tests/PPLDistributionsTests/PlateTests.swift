import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem
import Testing

/// The plate of the tests.
private let plate = [3, 2]

@Suite struct PlateTests {
  /// Values and parameters that vary along all, one or no axes of the plate give the densities of single events.
  @Test(arguments: DensityRow.all, [[3, 2], [3, 1], [1, 2], [1, 1]])
  func platesAreIndependentEvents(_ row: DensityRow, parameterPlate: [Int]) throws {
    let distribution = try family(row.name)
    let x = repeated(row.x, over: plate)
    let parameters = row.parameters.map { repeated($0, over: parameterPlate) }
    for areConstant in [false, true] {
      let addends = evaluate([x] + parameters, areConstant: areConstant) { _, values in
        distribution.logDensity(
          of: values[0],
          DistributionArguments(parameterisation: row.form, Array(values.dropFirst()))
        )
      }
      #expect(addends.allSatisfy { $0.shape.rank == plate.count })
      let sums = evaluate(addends) { builder, values in
        [values.reduce(builder.constant(Tensor(shape: Shape(plate), repeating: 0)), +)]
      }
      let size = addends.reduce(abs(row.logDensity)) { $0 + abs($1.values[0]) }
      #expect(sums[0].shape == Shape(plate))
      #expect(sums[0].values.allSatisfy { abs($0 - row.logDensity) <= 1e-12 * size + 1e-14 })
    }
  }

  @Test func parametersThatDoNotVaryStayOutOfTheSum() throws {
    let (graph, _) = makeGraph([Tensor(shape: [1], values: [2])]) { builder, values in
      let x = builder.constant(Tensor(shape: [4], values: [1, 2, 3, 4]))
      return Exponential().logDensity(of: x, DistributionArguments(values))
    }
    #expect(graph.outputs.map { graph[$0].shape } == [[4], [1]])
  }

  @Test func categoriesAreReadFromTheRowOfTheirCell() throws {
    let table = Tensor(shape: [2, 1, 3], values: [0.2, 0.3, 0.5, 0.6, 0.3, 0.1])
    let x = Tensor(shape: [2, 4], values: [0, 1, 2, 2, 0, 0, 1, 2])
    let expected = [0.2, 0.3, 0.5, 0.5, 0.6, 0.6, 0.3, 0.1].map(logarithm)
    for form in [0, 1] {
      let parameter =
        form == 0 ? table : Tensor(shape: table.shape, values: table.values.map(logarithm))
      let sums = evaluate([x, parameter]) { builder, values in
        let arguments = DistributionArguments(parameterisation: form, [values[1]])
        let zero = builder.constant(Tensor(shape: [2, 4], repeating: 0))
        return [Categorical().logDensity(of: values[0], arguments).reduce(zero, +)]
      }
      for (value, known) in zip(sums[0].values, expected) { #expect(abs(value - known) < 1e-14) }
    }
  }

  @Test func emptyPlatesHaveNoEvents() throws {
    for name in DistributionLibrary.standard.names {
      let distribution = try family(name)
      let signature = distribution.signature
      let event = [Int](repeating: 2, count: signature.support.eventRank)
      let parameters = signature.parameterisations[0].map {
        Tensor(shape: Shape([1] + [Int](repeating: 2, count: $0.rank)), repeating: 1)
      }
      let x = Tensor(shape: Shape([0] + event), values: [])
      let total = evaluate([x] + parameters) { _, values in
        let arguments = DistributionArguments(Array(values.dropFirst()))
        return distribution.logDensity(of: values[0], arguments)
      }
      #expect(total.allSatisfy { [[0], [1]].contains($0.shape) }, "\(name)")
    }
  }

  private func repeated(_ tensor: Tensor, over plate: [Int]) -> Tensor {
    let count = plate.reduce(1, *)
    let values = (0..<count).flatMap { _ in tensor.values }
    return Tensor(shape: Shape(plate + tensor.shape.sizes), values: values)
  }
}
