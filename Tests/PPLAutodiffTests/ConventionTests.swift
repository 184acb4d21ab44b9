import PPLAutodiff
import PPLExecution
import PPLGraphIR
import PPLTensorCore
import Testing

/// Derivatives at kinks, in branches not taken, of higher order, and where there are none.
@Suite struct ConventionTests {
  /// The gradient of the sum of a function of a vector.
  private func slopes(at x: [Double], _ body: (GraphValue) -> GraphValue) throws -> [Double] {
    let builder = GraphBuilder()
    let input = builder.addInput(shape: [x.count])
    let graph = builder.build(outputs: [body(input).sum()])
    return Array(try gradient(of: graph).values(x).dropFirst())
  }

  /// The derivative of the sum of a function of a vector along ones.
  private func forwardSlope(at x: [Double], _ body: (GraphValue) -> GraphValue) throws -> Double {
    let builder = GraphBuilder()
    let input = builder.addInput(shape: [x.count])
    let graph = builder.build(outputs: [body(input).sum()])
    return try tangent(of: graph).values(x + x.map { _ in 1 })[1]
  }

  @Test func kinksHaveTheStatedSlopes() throws {
    #expect(try slopes(at: [0, -2, 3]) { $0.absolute() } == [0, -1, 1])
    #expect(try slopes(at: [0, 5]) { $0.pow(0) } == [0, 0])
    #expect(try slopes(at: [0, 5]) { $0.pow(1) } == [1, 1])
    #expect(try slopes(at: [-2]) { $0.pow(3) } == [12])
    // Equal: the first takes it all.
    #expect(try slopes(at: [0]) { $0.max(3 * $0) } == [1])
    #expect(try slopes(at: [0]) { $0.min(3 * $0) } == [1])
    #expect(try slopes(at: [2, 5, 5]) { $0.max(axes: [0]) } == [0, 1, 0])
    #expect(try slopes(at: [2, 2, 5]) { $0.min(axes: [0]) } == [1, 0, 0])
    #expect(try slopes(at: [2, 0]) { $0.log().floor() } == [0, 0])
  }

  @Test func exponentsThatReachZero() throws {
    let builder = GraphBuilder()
    let base = builder.addInput(shape: [])
    let exponent = builder.addInput(shape: [])
    let derivative = try gradient(of: builder.build(outputs: [base.pow(exponent)]))
    #expect(derivative.values([0, 0]) == [1, 0, 0])
    #expect(derivative.values([0, 2]) == [0, 0, 0])
    #expect(derivative.values([-2, 2])[1] == -4)
  }

  @Test func branchesNotTakenLeakNothing() throws {
    // log, its reciprocal slope and a quotient are infinite or NaN in the branch not taken.
    let guarded: [(GraphValue) -> GraphValue] = [
      { $0.isGreater(than: 0).select($0.log(), $0) },
      { $0.isGreater(than: 0).select((-1 / $0).exp() / $0, $0) },
      { $0.isGreater(than: 0).select($0.squareRoot().log1p(), $0) },
      { $0.isGreater(than: 0).select($0.pow($0), $0) },
      { $0.isGreater(than: 0).select(($0.log() * 2).exp().logGamma(), $0) },
      { $0.isGreater(than: 0).select($0.log().reshape([1, 2]).sum(axes: [0]).reshape([2]), $0) },
      { $0.isGreater(than: 0).select($0.normalQuantile().atan2($0.log()), $0) },
    ]
    for body in guarded {
      #expect(try slopes(at: [0, -1], body) == [1, 1])
      #expect(try forwardSlope(at: [0, -1], body) == 2)
    }
  }

  @Test func failedFactorsInBranchesNotTakenLeakNothing() throws {
    let slopes = try slopes(at: [1, 2, 2, 1]) { x in
      let factor = x.reshape([2, 2]).cholesky()
      let solution = factor.triangularSolve(x.reshape([2, 2])).matrixMultiply(factor)
      return (factor + solution).isNaN().or(factor.isLess(than: 9)).not()
        .select(factor + solution, x.reshape([2, 2]))
    }
    #expect(slopes == [1, 1, 1, 1])
  }

  @Test func infiniteTermsOfLogSumsHaveNoSlope() throws {
    let nothing = -Double.infinity
    func weights(_ x: [Double]) throws -> [Double] {
      try slopes(at: x) { $0.logSumExp(axes: [0]) }
    }
    #expect(try weights([nothing, nothing]) == [0, 0])
    #expect(try weights([nothing, 3]) == [0, 1])
    #expect(try weights([800, 800]) == [0.5, 0.5])
    let pair = try slopes(at: [nothing]) { $0.logAddExp($0).exp() }
    #expect(pair == [0])
  }

  @Test func tailOfTheNormalDistribution() throws {
    // φ(x) / Φ(x) = -x + 1/-x + … (mpmath 1.3 at 40 digits).
    let slopes = try slopes(at: [-1e8, -1000, -100, -99.999, -8]) { $0.normalLogCDF() }
    let expected = [
      100000000.00000001, 1000.000999998000010, 100.0099980009992611, 100.00899810094030469,
      8.1213681122361126807,
    ]
    for (slope, value) in zip(slopes, expected) {
      #expect((slope - value).magnitude < 2e-12 * value)
    }
  }

  @Test func derivativesCompose() throws {
    // Third derivatives by three reverse sweeps, against the closed form.
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [])
    var graph = builder.build(outputs: [(x.sin() * x.exp()).log1p()])
    for _ in 0..<2 {
      let derivative = try gradient(of: graph)
      graph = try derivative.selecting(output: 1)
    }
    let second = graph.values([0.7])[0]
    // f = log(1 + g), f'' = g''/(1+g) - (g'/(1+g))², g = sin x eˣ.
    let (s, c, e) = (0.644217687237691, 0.7648421872844885, 2.0137527074704766)
    let (g, g1, g2) = (s * e, (s + c) * e, 2 * c * e)
    let ratio: Double = g1 / (1 + g)
    let expected: Double = g2 / (1 + g) - ratio * ratio
    #expect((second - expected).magnitude < 1e-13)
    let third = try gradient(of: graph)
    #expect(discrepancy([third.values([0.7])[1]], graph.differences([0.7])) < 1e-8)
  }

  /// A Hessian row by forward over reverse and by reverse over reverse.
  @Test func hessiansAgree() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [4])
    let products = x.product(axes: [0]) + x.sort(axis: 0).cumulativeSum(axis: 0).square().sum()
    let density = products.sum() + x.logSumExp(axes: [0]).sum() + x.max(axes: [0]).exp().sum()
    let first = try gradient(of: builder.build(outputs: [density]))
    let point = [0.3, 0, 1.2, -0.7]
    let direction = [1.0, -2, 0.5, 3]

    let forward = Array(try tangent(of: first).values(point + direction).suffix(4))
    let again = GraphBuilder()
    let inputs = [again.addInput(shape: [4])]
    let slopes = again.inline(first, inputs: inputs)[first.outputs[1].index]
    let slope = (slopes * again.constant(Tensor(shape: [4], values: direction))).sum()
    let second = try gradient(of: again.build(outputs: [slope]))
    let reverse = Array(second.values(point).suffix(4))
    #expect(discrepancy(forward, reverse) < 1e-13)
    #expect(discrepancy(reverse, again.build(outputs: [slope]).differences(point)) < 1e-8)
  }

  @Test func selectedInputsOnly() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [2])
    let y = builder.addInput(shape: [])
    _ = builder.addInput(shape: [3])
    let graph = builder.build(outputs: [x.exp(), (x * y).sum()])
    let derivative = try gradient(of: graph, output: 1, withRespectTo: [1, 2])
    #expect(derivative.outputs.map { derivative[$0].shape } == [[2], [], [], [3]])
    #expect(derivative.values([2, 3, 5, 0, 0, 0]).suffix(5) == [25, 5, 0, 0, 0])
    let forward = try tangent(of: graph, withRespectTo: [1])
    #expect(forward.inputs == [[2], [], [3], []])
    #expect(forward.values([2, 3, 5, 0, 0, 0, 2]).suffix(4) == [25, 0, 0, 10])
  }

  @Test func primitivesWithoutDerivativeAreNamed() throws {
    func failures(_ body: (GraphValue) -> GraphValue) -> [AutodiffError?] {
      let builder = GraphBuilder()
      let graph = builder.build(outputs: [body(builder.addInput(shape: [])).sum()])
      var errors: [AutodiffError?] = []
      do throws(AutodiffError) { _ = try gradient(of: graph) } catch { errors.append(error) }
      do throws(AutodiffError) { _ = try tangent(of: graph) } catch { errors.append(error) }
      return errors
    }
    let gammaP = AutodiffError.notDifferentiable(op: "gammaP", operand: 0, node: NodeID(2))
    #expect(failures { $0.scalar(2).gammaP(shape: $0) } == [gammaP, gammaP])
    #expect(failures { $0.gammaP(shape: $0.scalar(2)) } == [])
    for position in 0...1 {
      let betaP = AutodiffError.notDifferentiable(op: "betaP", operand: position, node: NodeID(2))
      let errors = failures { x in
        let half = x.scalar(0.5)
        return position == 0 ? half.betaP(x, half) : half.betaP(half, x)
      }
      #expect(errors == [betaP, betaP])
    }
    let poisson = failures { $0.builder.random(.poisson, shape: [], parameters: [$0]) }
    #expect(poisson.count == 2)
    #expect(failures { $0.builder.random(.gamma, shape: [], parameters: [$0.floor()]) } == [])
    // Not on the way to the output.
    #expect(
      failures {
        _ = $0.scalar(2).gammaP(shape: $0); return $0
      } == []
    )
  }

  @Test func budgetHoldsForDerivatives() throws {
    let builder = GraphBuilder()
    let x = builder.addInput(shape: [100])
    let graph = builder.build(outputs: [x.exp().log1p().sum()])
    #expect(throws: AutodiffError.self) { _ = try gradient(of: graph, elementBudget: 400) }
    #expect(throws: Never.self) { _ = try gradient(of: graph, elementBudget: 4000) }
  }
}

extension Graph {
  /// The same graph with one output.
  func selecting(output: Int) throws -> Graph {
    let builder = GraphBuilder()
    let values = builder.inline(self, inputs: inputs.map { builder.addInput(shape: $0) })
    return builder.build(outputs: [values[outputs[output].index]])
  }
}
