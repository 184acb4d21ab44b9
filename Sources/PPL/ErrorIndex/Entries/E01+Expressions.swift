/// Loops, blocks, values and types as they are written.
extension ErrorIndex {
  static let expressions: [ErrorEntry] = [
    ErrorEntry(
      "E0131",
      "`for` in the wrong place",
      """
      `e for i: d` makes one list of what stands before it, so it is the only thing in its
      brackets, or the only argument of a call.
      """,
      wrong: .init(
        """
        dim d = 3
        x = [1, i for i: d]
        """
      ),
      mended: .init(
        """
        dim d = 3
        x = [i for i: d]
        """
      )
    ),
    ErrorEntry(
      "E0132",
      "a loop",
      """
      There are no loops: one equation holds for all elements of a dimension at once, with an
      index in the brackets of its left side. What depends on the element before is written by
      `t-1`.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        for (i in 1:N)
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        y[i: obs] ~ Normal(0, 1)
        """
      )
    ),
    ErrorEntry(
      "E0133",
      "a block of another language",
      """
      A program has no blocks for data, parameters and the model: each statement says by
      itself what it is, and their order is free.
      """,
      wrong: .init(
        """
        parameters {
          mu ~ Normal(0, 1)
        }
        """
      ),
      mended: .init(
        "mu ~ Normal(0, 1)"
      )
    ),
    ErrorEntry(
      "E0134",
      "a range with a colon",
      """
      `a..b` is a range; a colon gives a name its type, or an index what it runs over.
      """,
      wrong: .init(
        """
        data x: real[5]
        part = sum(x[2:4])
        """
      ),
      mended: .init(
        """
        data x: real[5]
        part = sum(x[2..4])
        """
      )
    ),
    ErrorEntry(
      "E0135",
      "an element is missing",
      """
      Between two commas, and between a comma and a bracket, stands a value. A whole axis is
      written `_`.
      """,
      wrong: .init(
        """
        dim row, col
        data x[row, col]: real
        m[i: row] = sum(x[i,])
        """
      ),
      mended: .init(
        """
        dim row, col
        data x[row, col]: real
        m[i: row] = sum(x[i, _])
        """
      )
    ),
    ErrorEntry(
      "E0136",
      "a name cannot be bound here",
      """
      `i: d` binds an index on the left side of an equation or behind `for`. On the right side
      the index is used by its name alone.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        z[i: obs] = y[i: obs] + 1
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        z[i: obs] = y[i] + 1
        """
      )
    ),
    ErrorEntry(
      "E0137",
      "what cannot be called",
      """
      Only a name is called, and only a name or a call follows `|>`. Functions are no values:
      none can be an element of an array or the result of an expression.
      """,
      wrong: .init(
        """
        data x: real[3]
        y = x[1](2)
        """
      ),
      mended: .init(
        """
        data x: real[3]
        y = x[1] * 2
        """
      )
    ),
    ErrorEntry(
      "E0138",
      "an incomplete conditional",
      """
      A conditional has both branches, `if c then a else b`, because it is a value. As an
      operand it stands in parentheses, or it would be unclear where it ends.
      """,
      wrong: .init(
        """
        data n: int
        x = if n > 1 then 2
        """
      ),
      mended: .init(
        """
        data n: int
        x = if n > 1 then 2 else 0
        """
      )
    ),
    ErrorEntry(
      "E0139",
      "data without a type",
      """
      Data are checked against their type as they are read, so each has one. Several names may
      share one: the type of the last holds for those before it.
      """,
      wrong: .init(
        """
        dim obs
        data x[obs], y[obs]
        """
      ),
      mended: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        """
      )
    ),
    ErrorEntry(
      "E0140",
      "the type before the name",
      """
      A type follows the name and a colon. Quantities with a distribution need no type at all:
      it follows from the distribution.
      """,
      wrong: .init(
        "data int n"
      ),
      mended: .init(
        "data n: int"
      )
    ),
    ErrorEntry(
      "E0141",
      "a bound that cannot be read",
      """
      A type takes one bound: `> a`, `>= a`, `< a`, `<= a`, or `in` with an interval, a set or
      a range.
      """,
      wrong: .init(
        "sigma: real<lower=0> ~ Normal(0, 1)"
      ),
      mended: .init(
        "sigma: real > 0 ~ Normal(0, 1)"
      )
    ),
    ErrorEntry(
      "E0142",
      "brackets nested too deeply",
      """
      At most 256 brackets are open at a time. No one writes so many; a program that was
      written by a program can name the parts in equations of their own.
      """,
      wrong: .init(
        session: """
          { printf 'x = '; printf '(%.0s' $(seq 300); printf 1; printf ')%.0s' $(seq 300); echo; } > model.ppl
          ppl check model.ppl
          """
      ),
      mended: .init(
        "x = 1"
      )
    ),
    ErrorEntry(
      "E0143",
      "an expression of too many levels",
      """
      An expression has at most 400 levels, and each term of a long sum is one. Such sums come
      from programs that write programs: put the terms into an array, and sum it.
      """,
      wrong: .init(
        session: """
          { printf 'x = 0'; printf ' + %s' $(seq 500); echo; } > model.ppl
          ppl check model.ppl
          """
      ),
      mended: .init(
        "x = sum(i for i: 1..500)"
      )
    ),
    ErrorEntry(
      "E0144",
      "a clause in the wrong place",
      """
      `with` ends an equation, a factor or a function and names parts of its value; `where`
      restricts indices, on a left side or behind `for`. Neither stands within a value.
      """,
      wrong: .init(
        """
        data x: real
        y = exp(a with a = x + 1)
        """
      ),
      mended: .init(
        """
        data x: real
        y = exp(a) with a = x + 1
        """
      )
    ),
    ErrorEntry(
      "E0145",
      "more mistakes than are shown",
      """
      After 100 messages the rest is counted only: a file with so many is most likely no
      program of this language, or has one mistake near its start that the others follow from.
      """,
      besides: ["E0102", "E0404"],
      wrong: .init(
        session: """
          for i in $(seq 200); do echo "x$i = ?"; done > model.ppl
          ppl check model.ppl
          """
      ),
      mended: .init(
        "x = 1"
      )
    ),
  ]
}
