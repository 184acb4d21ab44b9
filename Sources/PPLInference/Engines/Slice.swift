package import PPLTensorCore
package import PPLTypeSystem

/// Slice sampling of one coordinate after the other; see `SliceMove`.
package struct Slice: KernelEngine {
  package static let signature = EngineSignature(
    "slice",
    "each value in turn from a slice under the density; nothing to tune",
    kind: .chains,
    needs: .density,
    settings: [.chains, .draws, .warmup(), .seed],
    foreignNames: ["slice_sampler", "univariate_slice"],
    statistics: [.logDensity, .evaluationCount]
  )

  package init(_ values: EngineValues) {}

  package func makeKernel(
    _ starts: [KernelPoint],
    _ plan: KernelPlan,
    generator: inout RandomGenerator
  ) -> SliceKernel {
    SliceKernel(point: starts[0], move: SliceMove(dimension: plan.dimension))
  }
}

/// One sweep over all coordinates from one draw to the next.
package struct SliceKernel: ChainKernel {
  private var point: KernelPoint
  private var move: SliceMove

  init(point: KernelPoint, move: SliceMove) {
    self.point = point
    self.move = move
  }

  package func point(of walker: Int) -> KernelPoint { point }

  package func statistics(of walker: Int) -> DrawStatistics { DrawStatistics() }

  package mutating func transition(
    _ density: DensityCounter,
    iteration: Int,
    isWarmup: Bool,
    generator: inout RandomGenerator
  ) throws(EvaluationError) {
    try move.sweep(&point, density, adapts: isWarmup, generator: &generator)
  }
}
