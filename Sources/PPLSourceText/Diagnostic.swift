/// One thing to tell the user about a program or its data: what, where, why and what to do.
///
/// Diagnostics are values: they are collected and shown together, never thrown.
public struct Diagnostic: Sendable, Hashable {
  /// How grave it is.
  public enum Severity: String, Sendable, Hashable {
    /// The program or data cannot be used.
    case error
    /// It can be used, though probably not as meant.
    case warning
  }

  /// A span with a few words about it.
  public struct Label: Sendable, Hashable {
    /// Where in the source.
    public var span: SourceSpan
    /// What is there, in the context of the message; may be empty.
    public var text: String

    /// Makes a label.
    package init(_ span: SourceSpan, _ text: String = "") {
      self.span = span
      self.text = text
    }
  }

  /// A place in a data file.
  public struct DataLocation: Sendable, Hashable {
    /// The file as the user named it.
    public var file: String
    /// Line or row from 1, if known.
    public var row: Int?
    /// Column name or number, if known.
    public var column: String?

    /// Makes a location.
    package init(file: String, row: Int? = nil, column: String? = nil) {
      self.file = file
      self.row = row
      self.column = column
    }
  }

  /// Stable number, for instance `E0203`; the first two digits are the topic.
  public var code: String
  /// How grave it is.
  public var severity: Severity
  /// One sentence: what is wrong, in the user's names.
  public var message: String
  /// The place that is wrong; nil if the program text has none.
  public var primary: Label?
  /// Other places that explain it.
  public var secondary: [Label]
  /// The place in a data file that is wrong, if any.
  public var dataLocation: DataLocation?
  /// Facts that explain it further.
  public var notes: [String]
  /// What to do; nil if there is nothing to add.
  public var help: String?

  /// Makes a diagnostic.
  package init(
    code: String,
    severity: Severity = .error,
    message: String,
    primary: Label? = nil,
    secondary: [Label] = [],
    dataLocation: DataLocation? = nil,
    notes: [String] = [],
    help: String? = nil
  ) {
    self.code = code
    self.severity = severity
    self.message = message
    self.primary = primary
    self.secondary = secondary
    self.dataLocation = dataLocation
    self.notes = notes
    self.help = help
  }

  /// Whether it prevents the program from being used.
  public var isError: Bool { severity == .error }
}
