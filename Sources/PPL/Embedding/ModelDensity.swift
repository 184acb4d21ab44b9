import PPLInference
import PPLModelCompiler

/// The log density of a model as a function of its parameters on the unconstrained scale.
///
/// That is the logarithm of the joint density of parameters and data with the log Jacobian of the transforms from the unconstrained
/// scale, in nats, up to a constant. A positive parameter stands there as its logarithm, one in (a, b) as its logit.
public struct ModelDensity: Sendable {
  /// Number of unconstrained values, D.
  public let dimension: Int
  /// The names of these, in order: that of a latent, with a number behind it, from 1, where it has several.
  public let names: [String]
  private let density: GraphLogDensity

  init(_ density: GraphLogDensity, _ blocks: [LatentBlock]) {
    self.density = density
    dimension = density.dimension
    names = blocks.flatMap { block in
      block.count == 1 ? [block.name] : (1...max(block.count, 1)).map { "\(block.name)[\($0)]" }
    }
  }

  /// An evaluator with its own work memory, for one thread at a time.
  public func makeEvaluator() -> Evaluator {
    Evaluator(density.makeEvaluator(), dimension: dimension)
  }

  /// Evaluates a log density and its gradient; an evaluation allocates nothing.
  ///
  /// It is used from one thread at a time.
  public final class Evaluator {
    private let evaluator: any LogDensityEvaluator
    /// Number of unconstrained values, D.
    public let dimension: Int

    fileprivate init(_ evaluator: any LogDensityEvaluator, dimension: Int) {
      self.evaluator = evaluator
      self.dimension = dimension
    }

    /// Log density and gradient.
    ///
    /// - Parameters:
    ///   - position: D values.
    ///   - gradient: takes the D derivatives.
    /// - Returns: the log density; outside of the support it is −∞ or NaN.
    /// - Throws: where the model cannot be evaluated at all, or one has not D elements.
    public func evaluate(at position: Span<Double>, gradient: inout MutableSpan<Double>)
      throws(SamplingFailure) -> Double
    {
      guard position.count == dimension, gradient.count == dimension else {
        throw .run(message: "position and gradient have \(dimension) elements in this model")
      }
      do {
        return try evaluator.evaluate(at: position, gradient: &gradient)
      } catch {
        throw .run(message: error.message)
      }
    }

    /// Log density and gradient of arrays.
    ///
    /// - Parameters:
    ///   - position: D values.
    ///   - gradient: takes the D derivatives.
    /// - Returns: the log density; outside of the support it is −∞ or NaN.
    /// - Throws: where the model cannot be evaluated at all, or one has not D elements.
    public func evaluate(at position: [Double], gradient: inout [Double]) throws(SamplingFailure)
      -> Double
    {
      var span = gradient.mutableSpan
      return try evaluate(at: position.span, gradient: &span)
    }
  }
}

extension Model {
  /// The log density with its gradient, on the unconstrained scale.
  ///
  /// - Returns: the density; it can be evaluated on several threads, by an evaluator for each.
  /// - Throws: where it has no gradient by all its parameters.
  public func logDensity() throws(SamplingFailure) -> ModelDensity {
    let model = try prepared(for: .gradient)
    guard model.compiled.hasWholeGradient || model.dimension == 0 else {
      throw .run(message: "the log density has no gradient by all parameters of the model")
    }
    return ModelDensity(GraphLogDensity(model.compiled, model.graphs), model.compiled.blocks)
  }
}
