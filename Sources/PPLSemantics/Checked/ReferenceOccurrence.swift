package import PPLSourceText

/// One place where an equation reads a variable.
package struct ReferenceOccurrence: Sendable {
  /// How the index of an axis relates to the statement's own binder.
  package enum Offset: Sendable, Hashable {
    /// `t - n`, n > 0.
    case backward
    /// `t + n`, n > 0.
    case forward
  }

  package var variable: VariableID
  /// The shift along an axis, if the reading is shifted along exactly one.
  package var shift: (axis: Int, offset: Offset)?
  /// The label at which it is read along an axis, if that is written.
  package var label: (axis: Int, value: Double)?
  package var span: SourceSpan
}
