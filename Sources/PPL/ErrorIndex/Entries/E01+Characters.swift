/// Characters, numbers and strings.
extension ErrorIndex {
  static let characters: [ErrorEntry] = [
    ErrorEntry(
      "E0101",
      "bytes that are no text",
      """
      A program is text in UTF-8. These bytes are none, often because an editor saved an
      accented letter in an older encoding such as Latin-1. What they should say cannot be
      guessed, so the file is not read as a program.
      """,
      wrong: .init(
        session: #"""
          printf '# caf\351\nmu ~ Normal(0, 1)\n' > model.ppl
          ppl check model.ppl
          """#
      ),
      mended: .init(
        session: #"""
          printf '# caf\303\251\nmu ~ Normal(0, 1)\n' > model.ppl
          ppl check model.ppl
          """#
      )
    ),
    ErrorEntry(
      "E0102",
      "a character with no meaning here",
      """
      Names, numbers and signs are written in ASCII; other characters stand in strings and
      comments only. Greek letters, signs such as `≤`, and invisible characters that were
      copied from a page look right and are not what they seem.
      """,
      wrong: .init(
        "μ ~ Normal(0, 10)"
      ),
      mended: .init(
        "mu ~ Normal(0, 10)"
      )
    ),
    ErrorEntry(
      "E0103",
      "a number in no known form",
      """
      A number has digits on both sides of its point, may be grouped by single `_`, and
      touches no letters: `0.5`, `1_000`, `2.5e-3`. Other spellings mean different things in
      different languages, so none is guessed.
      """,
      wrong: .init(
        "mu ~ Normal(0, .5)"
      ),
      mended: .init(
        "mu ~ Normal(0, 0.5)"
      )
    ),
    ErrorEntry(
      "E0104",
      "a number that cannot be held",
      """
      Whole numbers are exact up to 2^53, and other numbers go from about 5e-324 to 1.8e308. A
      literal beyond that would silently become another number.
      """,
      wrong: .init(
        "n = 9007199254740993"
      ),
      mended: .init(
        "n = 9007199254740992"
      )
    ),
    ErrorEntry(
      "E0105",
      "a string without its end",
      """
      The closing quote of a string stands on the same line. Without that rule one forgotten
      quote would swallow the rest of the program.
      """,
      wrong: .init(
        #"dim school = ["A", "B]"#
      ),
      mended: .init(
        #"dim school = ["A", "B"]"#
      )
    ),
    ErrorEntry(
      "E0106",
      "an escape that does not exist",
      #"""
      In a string, `\"`, `\\`, `\n` and `\t` stand for a quote, a backslash, a line end and a
      tab. A backslash before anything else is a mistake; a path of another system is the
      usual case.
      """#,
      wrong: .init(
        #"dim d = ["a\q", "b"]"#
      ),
      mended: .init(
        #"dim d = ["a\\q", "b"]"#
      )
    ),
    ErrorEntry(
      "E0107",
      "the operator of another language",
      """
      The operators are `+ - * / @ ^`, `div`, `mod`, the comparisons, and the words `and`,
      `or`, `not`. Spellings of other languages are recognised so that the message can name
      the right one.
      """,
      wrong: .init(
        """
        data x: real
        y = x ** 2
        """
      ),
      mended: .init(
        """
        data x: real
        y = x^2
        """
      )
    ),
    ErrorEntry(
      "E0108",
      "the comment of another language",
      """
      A comment starts with `#` and goes to the end of its line. There are no comments over
      several lines.
      """,
      wrong: .init(
        "mu ~ Normal(0, 1) // the mean"
      ),
      mended: .init(
        "mu ~ Normal(0, 1)  # the mean"
      )
    ),
    ErrorEntry(
      "E0109",
      "the quotes of another language",
      """
      Text stands between straight double quotes. Single quotes belong to derivatives (`x'`),
      and curly ones are put in by programs that write letters.
      """,
      wrong: .init(
        "dim d = ['a', 'b']"
      ),
      mended: .init(
        #"dim d = ["a", "b"]"#
      )
    ),
    ErrorEntry(
      "E0110",
      "a file that is too large",
      """
      A program has at most 2^30 bytes. A larger file is most likely data under the wrong
      name: data have files of their own, which are given with `--data` or behind `from`.
      """,
      unshown: "its example would be a file of a gigabyte"
    ),
  ]
}
