/// Names that users of other systems type, and what they are called here.
enum ForeignNames {
  private static let functions: [String: String] = [
    "expit": "inv_logit", "logistic": "inv_logit", "ilogit": "inv_logit",
    "inverse_logit": "inv_logit", "plogis": "inv_logit", "qlogis": "logit",
    "lgam": "lgamma", "gammaln": "lgamma", "loggamma": "lgamma", "lngamma": "lgamma",
    "ln": "log", "pow": "the operator `^`", "length": "size", "len": "size", "nrow": "size",
    "logsumexp": "log_sum_exp", "log_exp_sum": "log_sum_exp", "std": "sd", "stdev": "sd",
    "average": "mean", "fabs": "abs", "pnorm": "Phi", "normal_cdf": "Phi", "probit": "inv_Phi",
    "qnorm": "inv_Phi", "inner": "dot", "dot_product": "dot", "product": "prod",
    "invlogit":
      "inv_logit", "cloglog": "log(-log1m(x))", "square_root": "sqrt", "betaln": "lbeta",
    "comb": "exp(lchoose(n, k))", "choose": "exp(lchoose(n, k))", "ifelse": "if … then … else …",
    "batchnorm1d": "BatchNorm", "batchnorm2d": "BatchNorm", "batchnormalization": "BatchNorm",
    "layernormalization": "LayerNorm", "linear": "Dense", "multiheadattention": "SelfAttention",
    "where": "if … then … else …", "step": "a comparison such as `x >= 0`",
  ]

  private static let distributions: [String: String] = [
    "normal": "Normal",
    "dnorm": "Normal(mean, sd)` (or, with a precision as in BUGS, `Normal(mean, precision: …)`)",
    "norm": "Normal", "gaussian": "Normal",
    "half_normal": "HalfNormal", "halfnormal": "HalfNormal", "dunif": "Uniform",
    "uniform": "Uniform", "dgamma": "Gamma", "gamma": "Gamma", "dbeta": "Beta", "beta": "Beta",
    "beta_dist": "Beta", "dbern": "Bernoulli", "bernoulli": "Bernoulli",
    "bernoulli_logit": "Bernoulli(logit: …)", "dbin": "Binomial(n, p)", "dbinom": "Binomial",
    "binomial": "Binomial", "binomial_logit": "Binomial(n, logit: …)", "dpois": "Poisson",
    "poisson": "Poisson", "poisson_log": "Poisson(log: …)", "dexp": "Exponential",
    "exponential": "Exponential", "dt": "StudentT", "student_t": "StudentT", "t": "StudentT",
    "student": "StudentT", "cauchy": "Cauchy", "dcauchy": "Cauchy", "half_cauchy": "HalfCauchy",
    "halfcauchy": "HalfCauchy", "lognormal": "LogNormal", "dlnorm": "LogNormal",
    "log_normal": "LogNormal", "inv_gamma": "InverseGamma", "inverse_gamma": "InverseGamma",
    "invgamma": "InverseGamma", "weibull": "Weibull", "dweib": "Weibull", "laplace": "Laplace",
    "double_exponential": "Laplace", "ddexp": "Laplace", "dirichlet": "Dirichlet",
    "ddirch": "Dirichlet", "ddirich": "Dirichlet", "multi_normal": "MultiNormal(mean, cov)",
    "multivariatenormal": "MultiNormal", "mvnormal": "MultiNormal", "mvn": "MultiNormal",
    "dmnorm": "MultiNormal(mean, precision: …)",
    "multi_normal_cholesky": "MultiNormal(mean, cholesky: …)", "lkj_corr_cholesky": "LKJCholesky",
    "lkjcholesky": "LKJCholesky", "lkj_corr": "LKJ", "lkjcorr": "LKJ",
    "categorical": "Categorical", "dcat": "Categorical",
    "categorical_logit": "Categorical(logit: …)", "neg_binomial_2": "NegativeBinomial",
    "neg_binomial": "NegativeBinomial(shape: …, rate: …)", "negativebinomial": "NegativeBinomial",
    "dnegbin": "NegativeBinomial(concentration, probability: …)",
    "negative_binomial": "NegativeBinomial",
    "neg_binomial_2_log": "NegativeBinomial(log: …, concentration: …)",
    "discreteuniform": "DiscreteUniform", "flat": "Flat", "improper": "Flat",
    "improperuniform": "Flat", "logistic_dist": "Logistic", "dlogis": "Logistic",
    "skew_normal": "SkewNormal", "skewnormal": "SkewNormal",
    "exp_mod_normal": "ExponentiallyModifiedNormal", "exgaussian": "ExponentiallyModifiedNormal",
    "exponnorm": "ExponentiallyModifiedNormal",
    "skew_double_exponential": "AsymmetricLaplace(location, scale, quantile: …)",
    "asymmetric_laplace": "AsymmetricLaplace", "laplace_asymmetric": "AsymmetricLaplace",
    "gumbel_r": "Gumbel", "half_student_t": "HalfStudentT", "halft": "HalfStudentT",
    "half_logistic": "HalfLogistic", "log_logistic": "LogLogistic", "fisk": "LogLogistic",
    "invweibull": "Frechet", "inverse_weibull": "Frechet", "chi_square": "ChiSquared",
    "chi2": "ChiSquared", "dchisqr": "ChiSquared", "chisquare": "ChiSquared",
    "inv_chi_square": "InverseChiSquared", "scaled_inv_chi_square": "ScaledInverseChiSquared",
    "dpar": "Pareto(scale, shape)", "pareto_type_2": "Pareto2", "lomax": "Pareto2(0, scale, shape)",
    "beta_proportion": "BetaProportion", "logit_normal": "LogitNormal", "triang": "Triangular",
    "beta_binomial": "BetaBinomial", "betabinom": "BetaBinomial",
    "beta_neg_binomial": "BetaNegativeBinomial", "geom": "Geometric", "dhyper": "Hypergeometric",
    "hypergeom": "Hypergeometric", "ordered_logistic": "OrderedLogistic",
    "ordered_probit": "OrderedProbit", "dmulti": "Multinomial(count, probabilities)",
    "multinomial_logit": "Multinomial(count, logit: …)",
    "dirichlet_multinomial": "DirichletMultinomial", "multi_student_t": "MultiStudentT",
    "mvstudentt": "MultiStudentT", "multivariate_t": "MultiStudentT",
    "multi_student_t_cholesky": "MultiStudentT(df, mean, cholesky: …)",
    "von_mises": "VonMises", "wiener": "Wiener", "dwiener": "Wiener",
    "inv_wishart": "InverseWishart", "icar": "ICAR(adjacency, sd)",
    "icar_normal": "ICAR(adjacency, sd)",
    "car_normal": "ICAR(adjacency, sd)", "car": "MultiNormal(mean, precision: …)",
    "invwishart": "InverseWishart", "dwish": "Wishart",
    "wishart_cholesky": "Wishart(df, cholesky: …)",
    "inv_wishart_cholesky": "InverseWishart(df, cholesky: …)",
  ]

  private static let parameters: [String: [String]] = [
    "sigma": ["sd", "scale"], "std": ["sd"], "stdev": ["sd"], "scale": ["sd", "scale"],
    "mu": ["mean", "location"], "loc": ["mean", "location"], "location": ["mean"],
    "tau": ["precision", "quantile"], "prec": ["precision"], "lambda": ["rate", "scale"],
    "lam": ["rate"],
    "p": ["probability", "probabilities"], "prob": ["probability"],
    "probs": ["probability", "probabilities"], "theta": ["probability", "probabilities"],
    "logits": ["logit"], "logit_p": ["logit"], "eta": ["logit", "log", "concentration"],
    "n": ["count"], "N": ["count"], "total_count": ["count"], "trials": ["count"],
    "nu": ["df", "degrees"], "df": ["degrees"], "alpha": ["concentration", "shape"],
    "beta": ["rate"], "phi": ["concentration"], "a": ["lower"], "b": ["upper"], "low": ["lower"],
    "high": ["upper"], "min": ["lower"], "max": ["upper"], "covariance_matrix": ["cov"],
    "Sigma": ["cov"], "covariance": ["cov"], "scale_tril": ["cholesky"], "chol": ["cholesky"],
    "precision_matrix": ["precision"],
    "xi": ["location"], "omega": ["scale"], "q": ["quantile"], "thresholds": ["cutpoints"],
    "kappa": ["concentration", "asymmetry"], "y_min": ["scale"],
  ]

  /// The parameter that another system's name for one means here, if the distribution has it.
  static func parameter(_ name: String, among known: Set<String>) -> String? {
    parameters[name]?.first { known.contains($0) }
  }

  /// Advice for a function of another system.
  static func function(_ name: String) -> String? {
    guard let here = functions[name] ?? functions[name.lowercased()] else { return nil }
    return "here it is `\(here)`".replacingBackticks()
  }

  /// Advice for a distribution of another system.
  static func distribution(_ name: String) -> String? {
    let lowercased = name.lowercased()
    // Stan's functions of a family: densities and draws.
    let suffix = ["_lpdf", "_lpmf", "_lupdf", "_lupmf", "_rng"].first { lowercased.hasSuffix($0) }
    let family = String(lowercased.dropLast(suffix?.count ?? 0))
    guard let here = distributions[name] ?? distributions[family] else { return nil }
    return here.contains("`") ? "did you mean `\(here)?" : "did you mean `\(here)`?"
  }
}

extension String {
  /// Advice that is a phrase and not one name keeps its own back-ticks.
  fileprivate func replacingBackticks() -> String {
    guard contains("operator") || contains("comparison") else { return self }
    return "write " + dropFirst("here it is `".count).dropLast()
  }
}
