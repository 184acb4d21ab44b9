package import PPLTensorCore

/// An argument or the result of a function outside of the program, with its sizes.
package struct CalloutSlot: Sendable, Hashable {
  /// The parameter's name; empty for the result.
  package var name: String
  package var kind: ElementKind
  /// Sizes of its axes; none for one number.
  package var shape: [Int]

  package init(name: String, kind: ElementKind, shape: [Int]) {
    self.name = name
    self.kind = kind
    self.shape = shape
  }

  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }
}

/// What a function outside of the program takes and gives.
package struct CalloutSignature: Sendable, Hashable {
  /// The function's name in the program.
  package var name: String
  package var arguments: [CalloutSlot]
  package var result: CalloutSlot
  /// As the program writes it, without blanks.
  package var text: String

  package init(name: String, arguments: [CalloutSlot], result: CalloutSlot, text: String) {
    self.name = name
    self.arguments = arguments
    self.result = result
    self.text = text
  }
}

/// How a function outside of the program is called.
package struct CalloutSettings: Sendable, Hashable {
  /// How derivatives are had.
  package enum Gradient: Sendable, Hashable {
    case none
    /// The function gives them.
    case given
    /// Central differences with a step relative to an argument, or to 1 where that is smaller.
    case finiteDifference(step: Double)
  }

  package var gradient = Gradient.none
  /// Whether results are kept by their arguments.
  package var isCached = false
  /// Whether a result that is not a number stops the run; else its arguments are impossible.
  package var stopsOnNaN = false

  package init() {}
}

/// One call.
package struct CalloutCall: Sendable {
  /// The elements of all arguments in order.
  package var arguments: [Double]
  /// Whether derivatives are wanted with the result.
  package var wantsDerivatives = false
  /// Weights of the result's elements, where the derivatives of their weighted sum are wanted instead of the result.
  package var adjoint: [Double]?
  /// Seed of a simulator's random numbers, below 2⁵³.
  package var seed: UInt64?

  package init(arguments: [Double]) {
    self.arguments = arguments
  }
}

/// What became of one call.
package enum CalloutAnswer: Sendable {
  /// The elements of the result (of a pullback: the derivatives), and derivatives where they were wanted: for each
  /// element of the result those by all elements of the arguments.
  case result([Double], derivatives: [Double])
  case failed(CalloutFault)

  /// What went wrong, also where the result is not a number.
  var fault: CalloutFault? {
    switch self {
    case .failed(let fault): fault
    case .result(let values, _): values.contains(where: \.isNaN) ? .fault(.notANumber, "NaN") : nil
    }
  }
}

/// Something that answers calls: a process, a library, a function of the host.
package protocol CalloutBackend: AnyObject, Sendable {
  /// Answers calls, in order; called from several threads.
  func answer(_ calls: [CalloutCall]) -> [CalloutAnswer]
}
