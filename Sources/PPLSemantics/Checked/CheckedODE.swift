package import PPLSourceText
package import PPLSyntax
package import PPLTypeSystem

/// `ode t from a at ts[plate] { … }`.
///
/// Each state is defined by an equation whose right side is `.solution`; the right sides here are those of one index of
/// the plate, whose binders are those of these equations.
package struct CheckedODE: Sendable {
  /// A quantity that the system moves.
  package struct State: Sendable {
    /// Its value at a time, in the right sides.
    package var local: LocalID
    package var name: Name
    /// Axes of its value at one time.
    package var axes: [Axis]
    package var derivative: CheckedExpression
    package var initial: CheckedExpression
    /// The time that the text gives for it, which is the start.
    package var initialTime: CheckedExpression
  }

  /// `x(time)[plate] += e`.
  package struct Jump: Sendable {
    /// Position among the states.
    package var state: Int
    package var binders: [CheckedBinder]
    package var condition: CheckedExpression?
    package var time: CheckedExpression
    package var amount: CheckedExpression
    package var span: SourceSpan
  }

  package var time: LocalID
  package var start: CheckedExpression
  /// The time at an index of the plate.
  package var grid: CheckedExpression
  /// In an order in which each can be computed.
  package var locals: [CheckedLocal]
  package var states: [State]
  package var jumps: [Jump]
  /// Settings by name: `rtol`, `atol`, `max_steps`, `breaks`.
  package var settings: [String: CheckedExpression]
  /// `rk45` or `stiff`.
  package var method: String
  package var span: SourceSpan
}
