import PPLSourceText

/// Dimensions, data and parameters.
extension Parser {
  /// Parses a `dim` statement.
  ///
  ///     dims    = "dim" dimDecl { "," dimDecl } ;
  ///     dimDecl = NAME [ brackets ] [ "=" range ] ;
  mutating func parseDimensions() throws(SyntaxFailure) -> Item.Kind {
    advance()
    var dimensions: [DimensionDeclaration] = []
    repeat {
      guard
        keep(
          parse: { (parser) throws(SyntaxFailure) in try parser.parseDimension() },
          in: &dimensions
        )
      else { break }
    } while accept(.comma)
    return .dimensions(dimensions)
  }

  private mutating func parseDimension() throws(SyntaxFailure) -> DimensionDeclaration {
    let name = try expectName("a dimension")
    let brackets = try parseBracketsIfAny()
    let range = accept(.equal) ? try parseRange() : nil
    return DimensionDeclaration(name: name, brackets: brackets, range: range)
  }

  /// Appends what `parse` gives; if it fails, marks the statement as broken, keeping those before.
  mutating func keep<Parsed>(
    parse: (inout Parser) throws(SyntaxFailure) -> Parsed,
    in list: inout [Parsed]
  ) -> Bool {
    do throws(SyntaxFailure) {
      list.append(try parse(&self))
      return true
    } catch {
      isBroken = true
      return false
    }
  }

  // MARK: Data

  /// One declaration of a `data` statement before types and path are copied.
  private struct DataPart {
    var name: Name
    var brackets: Brackets?
    var type: TypeExpression?
    var missing: Expression?
    var key: String?
    var computed: Expression?
    var span: SourceSpan
  }

  /// Parses a `data` statement.
  ///
  ///     data     = "data" dataDecl { "," dataDecl } [ [ NEWLINE ] "from" STRING ] ;
  ///     dataDecl = { untyped "," } NAME [ brackets ] ":" type [ "missing" expr ] [ "key" STRING ]
  ///              | NAME [ brackets ] [ ":" type ] "=" expr ;
  ///     untyped  = NAME [ brackets ] [ "key" STRING ] ;
  ///
  /// An untyped declaration takes type and missing code of the next one; `from` holds for all.
  mutating func parseData() throws(SyntaxFailure) -> Item.Kind {
    if nextKind == .leftBrace { throw foreignBlock() }
    advance()
    if isTypeBeforeName, !isWord("key", at: index + 1) { throw typeBeforeName() }
    var parts: [DataPart] = []
    repeat { parseDataPart(into: &parts) } while !isBroken && accept(.comma)
    var path: String?
    if !isBroken { path = parseDataPath() }
    return .data(completed(parts, path: path))
  }

  private mutating func parseDataPart(into parts: inout [DataPart]) {
    let start = token.start
    do throws(SyntaxFailure) {
      let name = try expectName(
        "an array of data",
        alternative: "choose another name, and write the one in the file behind `key`"
      )
      let brackets = try parseBracketsIfAny()
      parts.append(DataPart(name: name, brackets: brackets, span: span(from: start)))
      var part = DataPart(name: name, brackets: brackets, span: span(from: start))
      if accept(.equal) {
        part.computed = parseValue()
      } else if accept(.colon) {
        part.type = try parseType()
        if accept(.equal) {
          part.computed = parseValue()
        } else if acceptWord("missing") {
          part.missing = try parseExpression()
        }
      } else if kind == .tilde {
        throw dataWithDistribution(name)
      }
      if part.computed == nil, acceptWord("key") {
        part.key = try expectString("the key in the data file").0
      }
      part.span = span(from: start)
      parts[parts.count - 1] = part
    } catch {
      isBroken = true
    }
  }

  private mutating func parseDataPath() -> String? {
    if kind == .newline, isWord("from", at: index + 1), token(at: index + 2).kind == .string {
      advance()
    }
    guard acceptWord("from") else { return nil }
    do throws(SyntaxFailure) {
      return try expectString("the path of the data file").0
    } catch {
      isBroken = true
      return nil
    }
  }

  /// The declarations with the types of later ones and the path; reports those without a type.
  private mutating func completed(_ parts: [DataPart], path: String?) -> [DataDeclaration] {
    var result: [DataDeclaration] = []
    var next: DataPart?
    for part in parts.reversed() {
      if let value = part.computed {
        result.append(declaration(part, .computed(value, type: part.type)))
        // What has a value gives others no type.
        var computed = part
        computed.type = nil
        next = computed
        continue
      }
      var typed = part
      if part.type == nil {
        typed.type = next?.type
        typed.missing = next?.missing
      }
      let isReportedAtNext = next.map { $0.type == nil && $0.computed == nil } ?? false
      if typed.type == nil, !isBroken, !isReportedAtNext {
        reportMissingType(part.name, next: next?.name)
      }
      result.append(
        declaration(
          part,
          .file(type: typed.type, missing: typed.missing, key: part.key, path: path)
        )
      )
      next = typed
    }
    return result.reversed()
  }

  private func declaration(
    _ part: DataPart,
    _ source: DataDeclaration.Source
  ) -> DataDeclaration {
    DataDeclaration(name: part.name, brackets: part.brackets, source: source, span: part.span)
  }

  // MARK: Parameters

  /// Parses a `param` statement.
  ///
  ///     param = "param" NAME [ brackets ] ":" type [ "=" expr ] ;
  mutating func parseParameter() throws(SyntaxFailure) -> Item.Kind {
    advance()
    if isTypeBeforeName { throw typeBeforeName() }
    let name = try expectName("a parameter")
    let brackets = try parseBracketsIfAny()
    try expect(
      .colon,
      "`:` and a type",
      help: "a parameter is declared with its type, as in `param \(name.text): real`"
    )
    let type = try parseType()
    let initial = accept(.equal) ? parseValue() : nil
    return .parameter(
      ParameterDeclaration(name: name, brackets: brackets, type: type, initial: initial)
    )
  }
}
