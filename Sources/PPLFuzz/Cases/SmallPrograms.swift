/// Programs of a few lines that together use every construct that is run, with data that fit them.
enum SmallPrograms {
  struct Entry: Sendable {
    var name: String
    var program: String
    var data: String
  }

  static let all: [Entry] = [
    Entry(
      name: "normal",
      program: """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 10)
        sigma ~ HalfNormal(5)
        y[i: obs] ~ Normal(mu, sigma)
        rep[i: obs] ~ Normal(mu, sigma)
        infer post = nuts(chains: 2, draws: 10, seed: 1)
        show post, E(post.mu), P(post.mu > 0), SD(post.rep), Q(post.rep, 0.9)
        """,
      data: #"{"y": [1.5, 2, -0.5, 3], "extra": 7}"#
    ),
    Entry(
      name: "hierarchy",
      program: """
        dim group, obs
        data group_of[obs]: group key "g"
        data x[obs], y[obs]: real
        mu, b ~ Normal(0, 10)
        tau, sigma ~ HalfCauchy(1)
        a[group] ~ Normal(mu, tau)
        y[i: obs] ~ Normal(a[k] + b * x[i], sigma)   with k = group_of[i]
        best = max(a)
        infer post = nuts(seed: 1)
        show P(post.a["B"] > post.a[first(group)])
        """,
      data: #"{"g": ["A", "B", "A", "C"], "x": [0, 1, 2, 3], "y": [0.1, 1.2, 1.9, 3.1]}"#
    ),
    Entry(
      name: "series",
      program: """
        dim time
        data y[time]: real
        data d = [y[t] - y[t-1] for t: time[2..]]
        phi ~ Uniform(-1, 1)
        sigma: real in (0, 10) ~ Exponential(1)
        level[1] ~ Normal(0, 10)
        level[t: time[2..]] ~ Normal(phi * level[t-1], sigma)
        y[t: time] ~ Normal(level[t], 0.5)
        change[t: time[2..]] = if t > 2 then level[t] - level[t-2] else 0
        """,
      data: #"{"y": [1, 2, 3, 2, 1]}"#
    ),
    Entry(
      name: "compositions",
      program: """
        dim obs, part = 2
        data y[obs], limit[obs]: real
        data seen[obs]: bool
        data k[obs]: int >= 0
        w: simplex[part] ~ Dirichlet(1)
        m ~ truncated(Normal(0, 2), lower: -3, upper: 5)
        s ~ Mixture([0.5, 0.5], Exponential(1), HalfNormal(2))
        z[obs] ~ Bernoulli(w[1])
        y[i: obs] ~ if z[i] then censored(Normal(m, s), right: not seen[i]) else Mixture(w, Cauchy(m, 1), Normal(0, 1))
        limit ~ censored(Logistic(m, s), lower: 0, upper: [1, 2, 3])
        k[i: obs] ~ if i > 2 then Inflated(w[2], s) else truncated(Poisson(s), upper: 9)
        rep[i: obs] ~ rounded(if seen[i] then Normal(m, s) else Normal(0, 1), to: 0.5)
        more[i: obs] ~ Inflated(w[1], s * i)
        far = cdf(Normal(m, s), 1) + quantile(truncated(Exponential(s), upper: 2), w[1])
        dist Inflated(p: real in [0, 1], rate: real > 0) -> int >= 0 {
          logp(x) = if x == 0 then log_sum_exp(log(p), log1m(p) - rate) else log1m(p) + logp(Poisson(rate), x)
          draw = (1 - a) * n   with a ~ Bernoulli(p), n ~ Poisson(rate)
        }
        dist Pair[d](centre: real[d]) -> real[d] { logp(x) = -sum((x - centre)^2) }
        pair: real[part] ~ Pair(w)
        """,
      data: #"{"y": [1, 2, -3], "limit": [0.5, 2.5, -1], "seen": [1, 0, 1], "k": [0, 2, 0]}"#
    ),
    Entry(
      name: "counts",
      program: """
        dim site = 0..3, kind = ["a", "b"]
        data n[site]: int >= 0
        data k[site, kind]: int in 0..20
        p[kind] ~ Beta(1, 1)
        rate ~ Gamma(2, rate: 1)
        n[s: site] ~ Poisson(rate * exp(0.1 * s))
        k[s: site, j: kind] ~ Binomial(20, p[j])
        total = sum(p[j] for j: kind where j != "a")
        w[s: site where s > 1] = s * rate
        w[s: site[0..1]] = 0
        """,
      data: #"{"n": [1, 0, 4, 2], "k": [[1, 2], [0, 20], [3, 4], [5, 6]]}"#
    ),
    Entry(
      name: "matrices",
      program: """
        dim obs, coef = 3
        data X[obs, coef]: real
        data y[obs]: real
        L: cholesky_corr[coef] ~ LKJCholesky(2)
        tau[coef] ~ HalfNormal(1)
        S = diag_matrix(tau) @ L
        beta: real[coef] ~ MultiNormal(0, cholesky: S)
        sigma ~ HalfNormal(1)
        y ~ Normal(X @ beta, sigma)
        Omega = L @ transpose(L)
        v = diag(Omega)
        """,
      data: #"{"X": [[1, 0.5, 2], [1, 1.5, 0], [1, 2, 1], [1, 0, 0]], "y": [1, 2, 3, 4]}"#
    ),
    Entry(
      name: "joint",
      program: """
        dim state = 3, obs
        data c[obs]: state
        data alpha[state]: real > 0
        P: simplex[state] ~ Dirichlet(alpha)
        mu: positive_ordered[state] ~ Normal([1, 2, 3], 1)
        z: sum_to_zero[state] ~ Normal(0, 1)
        u: ordered[state] ~ Flat()
        c[i: obs] ~ Categorical(P)
        factor soft = -0.5 * sum(z[j]^2 for j: state)
        factor tie[j: state] = -(u[j] - mu[j])^2
        g[i: obs] ~ Categorical([0.2, 0.3, 0.5])
        """,
      data: #"{"c": [1, 2, 3, 2], "alpha": [1, 1, 2]}"#
    ),
    Entry(
      name: "functions",
      program: """
        dim obs
        data x[obs], y[obs]: real
        data flag: bool
        fn huber(r: real, c: real) -> real = if abs(r) < c then r^2 / 2 else c * (abs(r) - c / 2)
        fn centre[d](v: real[d]) -> real[d] = [v[i] - m for i: d]   with m = mean(v)
        data xc = centre(x)
        a, b ~ Normal(0, 5)
        factor robust[i: obs] = -huber(y[i] - a - b * xc[i], 1.5)
        c = if flag then a else b
        m = log_sum_exp([logp(Normal(a, 1), v) for v: 1..3])
        """,
      data: #"{"x": [1, 2, 3], "y": [1, 2, 4], "flag": true}"#
    ),
    Entry(
      name: "process",
      program: """
        dim point
        data x[point], y[point]: real
        rho ~ InverseGamma(5, 5)
        s ~ LogNormal(0, 1)
        K = [s^2 * exp(-0.5 * ((x[i] - x[j]) / rho)^2) + (if i == j then 0.1 else 0)
             for i: point, j: point]
        y ~ MultiNormal(0, K)
        C = cholesky(K)
        logdet = 2 * sum(log(diag(C)))
        """,
      data: #"{"x": [0, 1, 2.5], "y": [0.3, -0.2, 0.9]}"#
    ),
    Entry(
      name: "arrays",
      program: """
        dim row, col
        data A[row, col]: real
        data n: int in 1..5
        data ones[3]: int
        data total[r: row] = sum(A[r])
        data s = sort(total)
        data q = cumsum([1, 2, 3])
        data pick = A[row(1)]
        data corner = A[_, last(col)]
        data part = A[1, 2..]
        data pairs = [i * j for i: 1..n, j: 1..n where i < j]
        t ~ StudentT(4, mean(total), 1 + sd(total))
        total[r: row] ~ Normal(t, 2)
        e[1] = t
        e[2] = 2 * t
        """,
      data: #"{"A": [[1, 2, 3], [4, 5, 6]], "n": 3, "ones": [1, 1, 1]}"#
    ),
    Entry(
      name: "regression",
      program: """
        dim obs, item
        data y[obs]: bool
        data it[obs]: item
        data w[obs]: real in [0, 1]
        data kinds[obs]: real in {1, 2, 3}
        b[item] ~ Laplace(0, 1)
        s ~ Weibull(2, 1)
        y[i: obs] ~ Bernoulli(logit: b[it[i]] * s + w[i] |> softplus2(1))
        fn softplus2(x: real, k: real) -> real = log1p_exp(k * x) / k
        odds[j: item] = exp(b[j]) ^ 2 mod 3
        u ~ DiscreteUniform(item)
        nb ~ NegativeBinomial(mean: 3, concentration: s)
        """,
      data: #"{"y": [true, false, true], "it": [10, 20, 10], "w": [0.1, 0, 1], "kinds": [1, 2, 3]}"#
    ),
    Entry(
      name: "prior",
      program: """
        x ~ Normal(0, 1)
        y ~ Cauchy(x, 1)
        z: real in (0, y^2 + 1) ~ Uniform(0, 10)
        k ~ Poisson(3)
        c: corr[2] ~ LKJ(1)
        l ~ Logistic(0, 1)
        infer p = nuts(draws: 5, warmup: 5, chains: 1, seed: 3, adapt: stan)
        show p, E(p.k), p.x + 1
        """,
      data: "{}"
    ),
    Entry(
      name: "systems",
      program: """
        dim subject = 2, visit = 3, dose = 2
        data time[subject, visit]: real
        data at[dose], amount[dose], y[subject, visit]: real
        data who[dose]: subject
        k, v ~ LogNormal(0, 0.5)
        ode t from 0 at time[s: subject, j: visit] (rtol: 1e-5, max_steps: 200, solver: stiff) {
          gut' = -k * gut
          blood' = k * gut - rate * blood
          rate = v * s
          gut(0) = 1
          blood(0) = 0
          gut(at[d])[d: dose where who[d] == s] += amount[d]
        }
        y[s: subject, j: visit] ~ Normal(blood[s, j], 0.1)
        """,
      data: """
        {"time": [[0.5, 2, 4], [1, 1, 6]], "at": [0, 1.5], "amount": [1, 2], "who": [2, 1],
         "y": [[0.2, 0.4, 0.3], [0.1, 0.3, 0.5]]}
        """
    ),
    Entry(
      name: "functions",
      program: """
        dim k = 2, knot = 3, basis = size(knot) + 2, obs
        data M[k, k], x[obs]: real
        data place[knot]: real
        a ~ Normal(0, 1)
        w[basis] ~ Normal(0, 1)
        fn power(x: real, k: real) -> real = x^2 + k
        A: real[k, k] = [[2 + a^2, 0.3], [0.3, 3]]
        u: real[k] = solve(A, M[1])
        c = det(A) + log_det(A) + sum(eigenvalues(A)) + sum(inverse(A)[1]) + trace(M)
        K: real[obs, obs] = cov_matern32(x, 1, 1 + a^2)
        B[i: obs]: real[basis] = bspline(x[i], place, 3)
        r = root(power, 0, 3, -1 - a^2) + integrate(power, 0, 1, a) + interpolate(place, place, a)
        x[i: obs] ~ Normal(B[i] @ w + u[1] + c + r + K[1, i] + sum(kronecker(M, A)[1]), 3)
        """,
      data: #"{"M": [[1, 2], [0.5, 1]], "x": [0.1, 1.5, 2], "place": [0, 1, 2]}"#
    ),
    Entry(
      name: "forward",
      program: """
        dim time, part = 2
        data y[time], x[time]: real
        data k[time]: int >= 0
        phi ~ Uniform(0, 1)
        m: ordered[part] ~ Normal(0, 1)
        z[t: time] ~ Bernoulli(0.5)
        y[1] ~ Normal(m[1], 1)
        y[t: time[2..]] ~ Normal(phi * y[t-1] + x[t] + m[z[t] + 1], 1)
        k[t: time] ~ Poisson(log: phi)
        infer p = prior(draws: 5, chains: 2, seed: 1)
        infer post = nuts(draws: 5, warmup: 5, chains: 2, seed: 2)
        predict rep = y given post
        predict step = y given post, one_step: true
        predict next = k given p, "data.json"
        show rep, E(p.y[2]), rmse(rep), mae(step), coverage(rep, 0.5), accuracy(next), P(step[1] > rep[1])
        check post, max(post.y) - post.phi
        show marginal_likelihood(post)
        """,
      data: #"{"y": [1, 2, null, 0], "x": [0, 1, 0, 1], "k": [0, 3, 1, 2]}"#
    ),
    Entry(
      name: "rows of different lengths",
      program: """
        dim person, visit[person], state = 2, kind = ["a", "b"]
        data y[person, visit]: real
        data n[person]: int
        dim dose[p: person] = n[p]
        data amount[person, dose]: real
        data group[person]: kind
        data x[p: person]: real[state] = [1, n[p]]
        s, u ~ HalfNormal(1)
        q: simplex[kind] ~ Dirichlet(1)
        level["a"] ~ Normal(0, u)
        level["b"] ~ Normal(0, u)
        group[person] ~ Categorical(q)
        h[p: person, 1] ~ Normal(level[group[p]], s)
        h[p: person, t: visit[p][2..]] ~ Normal(h[p, t-1], s)
        z[p: person, t: visit[p]] ~ Bernoulli(if t > 1 then 0.2 + 0.6 * z[p, t-1] else 0.5)
        e[p: person, t: visit[p] where t == 1] = sum(amount[p])
        e[p: person, t: visit[p] where t > 1] = 0.5 * e[p, t-1] + x[p, 2] * size(visit[p])
        y[p: person, t: visit[p]] ~ censored(Normal(h[p, t] + z[p, t] + e[p, last(visit[p])] * 0.1, 1), right: false)
        total = mean(y)
        infer post = nuts(draws: 5, warmup: 30, chains: 2, seed: 2, centering: auto)
        show post, E(post.h[1, 2]), probabilities(post.z), probabilities(post.group), size(visit[1])
        """,
      data:
        ##"{"y": [[1, 2, 0.5], [0.3], [2, 1]], "n": [2, 0, 1], "amount": [1, 2, 3], "group": ["a", "", "b"]}"##
        .replacing("\"\"", with: "null")
    ),
    Entry(
      name: "functions of the host",
      program: """
        dim obs = 3
        data y[obs], x[obs]: real
        extern fn double(a: real) -> real = host("double")
        extern fn root[d](v: real[d]) -> real[d] = host("root", gradient: finite_difference, cache: true)
        extern fn opaque(a: real, n: int) -> real = host("double", on_nan: error)
        a, b ~ Normal(0, 1)
        s[obs] ~ Exponential(1)
        r = root(s)
        m[i: obs] = double(a * x[i]) + r[i]
        known = opaque(2, 3) + double(x[1])
        y[i: obs] ~ Normal(m[i] + b, exp(known / 100))
        infer p = auto(chains: 1, draws: 5, warmup: 5, seed: 1)
        infer q = smc(particles: 20, chains: 1, seed: 2)
        show p, E(q.r[2]), marginal_likelihood(q)
        """,
      data: #"{"y": [1, 2, 0.5], "x": [0.1, 1.5, 2]}"#
    ),
    Entry(
      name: "simulator of the host",
      program: """
        dim step = 3
        data y[step]: real
        extern dist walk(a: real) -> real[step] = host("walk")
        a ~ Normal(0, 1)
        twice = 2 * a
        y ~ walk(a)
        fn features[d](v: real[d]) = [mean(v), max(v)]
        infer p = abc_smc(summary: features, particles: 20, rounds: 2, simulations: 100, seed: 1)
        infer q = npe(simulations: 1000, epochs: 2, rounds: 2, seed: 2)
        infer r = nle(summary: features, simulations: 1000, epochs: 2, draws: 5, warmup: 5, seed: 3)
        infer s = synthetic(simulations: 10, draws: 5, warmup: 5, chains: 2, seed: 4)
        show p.twice, E(q.a), r, s
        """,
      data: #"{"y": [1, 2, 0.5]}"#
    ),
    Entry(name: "empty", program: "", data: "{}"),
  ]
}
