/// How statements begin, end and hold together.
extension ErrorIndex {
  static let statements: [ErrorEntry] = [
    ErrorEntry(
      "E0120",
      "something else is expected here",
      """
      The statement is right up to the mark, and what stands there cannot go on with it. The
      message says what could.
      """,
      wrong: .init(
        "data y ~ Normal(0, 1)"
      ),
      mended: .init(
        """
        data y: real
        y ~ Normal(0, 1)
        """
      )
    ),
    ErrorEntry(
      "E0121",
      "a bracket that is not closed",
      """
      The statement ends while one of its brackets is open. The bracket is marked, too, since
      the place where it should close is often far from where it is missed.
      """,
      wrong: .init(
        """
        mu ~ Normal(0, 5
        sigma ~ HalfNormal(1)
        """
      ),
      mended: .init(
        """
        mu ~ Normal(0, 5)
        sigma ~ HalfNormal(1)
        """
      )
    ),
    ErrorEntry(
      "E0122",
      "a bracket that closes nothing",
      """
      A closing bracket needs an open one of its own kind. Most often the opening one was deleted, or
      is of another kind.
      """,
      wrong: .init(
        "total = sum([1, 2, 3)"
      ),
      mended: .init(
        "total = sum([1, 2, 3])"
      )
    ),
    ErrorEntry(
      "E0123",
      "no statement starts like this",
      """
      A line begins a new statement unless the line before ends in an operator or a comma, or
      a bracket is open. So an operator that continues a sum belongs at the end of the line,
      not at the start of the next.
      """,
      wrong: .init(
        """
        data a, b: real
        y = a
          - b
        """
      ),
      mended: .init(
        """
        data a, b: real
        y = a - b
        """
      )
    ),
    ErrorEntry(
      "E0124",
      "an unknown first word",
      """
      The first word of a statement is a keyword or the name of what is defined. This one is
      followed by something that only a keyword is followed by, and no keyword is spelt so.
      """,
      wrong: .init(
        """
        dim obs
        dta y[obs]: real
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        """
      )
    ),
    ErrorEntry(
      "E0125",
      "a statement without `~` and `=`",
      """
      An equation says how a quantity is distributed, `~`, or what it is, `=`. A value alone
      says neither. Results of a fit are printed by `show`.
      """,
      wrong: .init(
        """
        mu ~ Normal(0, 1)
        print(mu)
        """
      ),
      mended: .init(
        """
        mu ~ Normal(0, 1)
        infer post = nuts(seed: 1)
        show post.mu
        """
      )
    ),
    ErrorEntry(
      "E0126",
      "the assignment of another language",
      """
      A quantity is defined once, by `=`. There is no assignment that changes it later, so
      `<-`, `:=` and `+=` have nothing to do; terms are added to the log density by `factor`.
      """,
      wrong: .init(
        "mu <- 3"
      ),
      mended: .init(
        "mu = 3"
      )
    ),
    ErrorEntry(
      "E0127",
      "a relation within a value",
      """
      `=` and `~` stand once in a statement, between what is defined and its value. In a call
      a setting is given with a colon, and equality is tested by `==`.
      """,
      wrong: .init(
        """
        mu ~ Normal(0, 1)
        infer post = nuts(chains = 4)
        """
      ),
      mended: .init(
        """
        mu ~ Normal(0, 1)
        infer post = nuts(chains: 4)
        """
      )
    ),
    ErrorEntry(
      "E0128",
      "a chain of comparisons",
      """
      A comparison gives true or false, which cannot be compared with a number. Languages
      differ in what a chain means, so it must be written out.
      """,
      wrong: .init(
        """
        p ~ Uniform(0, 1)
        inside = if 0.2 < p < 0.8 then 1 else 0
        """
      ),
      mended: .init(
        """
        p ~ Uniform(0, 1)
        inside = if 0.2 < p and p < 0.8 then 1 else 0
        """
      )
    ),
    ErrorEntry(
      "E0129",
      "a reserved word as a name",
      """
      The words `if then else and or not with where for` have a meaning everywhere and name
      nothing. All other words of the language, such as `data` and `from`, may be names. A
      column of this name is read by `key`.
      """,
      wrong: .init(
        "data with: real"
      ),
      mended: .init(
        #"data width: real key "with""#
      )
    ),
    ErrorEntry(
      "E0130",
      "more text behind a complete statement",
      """
      The statement is complete and something follows on the same line. Statements stand on
      lines of their own, or have `;` between them.
      """,
      wrong: .init(
        "a = 2 b = 3"
      ),
      mended: .init(
        """
        a = 2
        b = 3
        """
      )
    ),
  ]
}
