"""The examples in NumPyro: a function a model, called with the example's data."""

import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from jax.scipy.special import expit
from numpyro import deterministic, sample

numpyro.enable_x64()


def flat(name, *shape):
    """A parameter on the whole line with constant density."""
    return sample(name, dist.ImproperUniform(dist.constraints.real, shape, ()))


def GLMM_Poisson(data):
    t, counts = jnp.asarray(data["year"]), jnp.asarray(data["C"])
    alpha = sample("alpha", dist.Uniform(-20, 20))
    beta1 = sample("beta1", dist.Uniform(-10, 10))
    beta2 = sample("beta2", dist.Uniform(-10, 10))
    beta3 = sample("beta3", dist.Uniform(-10, 10))
    sigma = sample("sigma", dist.Uniform(0, 5))
    with numpyro.plate("obs", len(counts)):
        z = sample("z", dist.Normal(0, 1))
        eps = deterministic("eps", sigma * z)
        trend = alpha + beta1 * t + beta2 * t**2 + beta3 * t**3
        sample("C", dist.Poisson(jnp.exp(trend + eps)), obs=counts)


def eight_schools_centered(data):
    mu = sample("mu", dist.Normal(0, 5))
    tau = sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("school", len(data["y"])):
        theta = sample("theta", dist.Normal(mu, tau))
        sample("y", dist.Normal(theta, jnp.asarray(data["sigma"])), obs=jnp.asarray(data["y"]))


def eight_schools_noncentered(data):
    mu = sample("mu", dist.Normal(0, 5))
    tau = sample("tau", dist.HalfCauchy(5))
    with numpyro.plate("school", len(data["y"])):
        z = sample("z", dist.Normal(0, 1))
        theta = deterministic("theta", mu + tau * z)
        sample("y", dist.Normal(theta, jnp.asarray(data["sigma"])), obs=jnp.asarray(data["y"]))


def gp_regr(data):
    x, y = jnp.asarray(data["x"]), jnp.asarray(data["y"])
    squared_distance = (x[:, None] - x[None, :]) ** 2
    rho = sample("rho", dist.Gamma(25, 4))
    alpha = sample("alpha", dist.HalfNormal(2))
    sigma = sample("sigma", dist.HalfNormal(1))
    # As in the published model the noise on the diagonal is sigma, not its square.
    covariance = alpha**2 * jnp.exp(-squared_distance / (2 * rho**2)) + sigma * jnp.eye(len(x))
    sample("y", dist.MultivariateNormal(0.0, covariance_matrix=covariance), obs=y)


def irt_2pl(data):
    y = jnp.asarray(data["y"])
    items, persons = y.shape
    sigma_theta = sample("sigma_theta", dist.HalfCauchy(2))
    sigma_a = sample("sigma_a", dist.HalfCauchy(2))
    sigma_b = sample("sigma_b", dist.HalfCauchy(2))
    mu_b = sample("mu_b", dist.Normal(0, 5))
    with numpyro.plate("person", persons):
        theta = sample("theta", dist.Normal(0, sigma_theta))
    with numpyro.plate("item", items):
        a = sample("a", dist.LogNormal(0, sigma_a))
        b = sample("b", dist.Normal(mu_b, sigma_b))
    logits = a[:, None] * (theta[None, :] - b[:, None])
    sample("y", dist.Bernoulli(logits=logits).to_event(2), obs=y)


def kidscore_interaction(data):
    mom_hs, mom_iq = jnp.asarray(data["mom_hs"]), jnp.asarray(data["mom_iq"])
    beta = flat("beta", 4)
    sigma = sample("sigma", dist.HalfCauchy(2.5))
    mean = beta[0] + beta[1] * mom_hs + beta[2] * mom_iq + beta[3] * (mom_hs * mom_iq)
    sample("kid_score", dist.Normal(mean, sigma), obs=jnp.asarray(data["kid_score"]))


def logmesquite_logvash(data):
    column = {name: jnp.asarray(values, dtype=float) for name, values in data.items()}
    volume = jnp.log(column["diam1"] * column["diam2"] * column["canopy_height"])
    area = jnp.log(column["diam1"] * column["diam2"])
    shape = jnp.log(column["diam1"] / column["diam2"])
    beta = flat("beta", 6)
    sigma = sample("sigma", dist.ImproperUniform(dist.constraints.positive, (), ()))
    mean = (
        beta[0] + beta[1] * volume + beta[2] * area + beta[3] * shape
        + beta[4] * jnp.log(column["total_height"]) + beta[5] * column["group"]
    )
    sample("log_weight", dist.Normal(mean, sigma), obs=jnp.log(column["weight"]))


def radon_mn_varying(data):
    county = jnp.asarray(data["county_idx"]) - 1
    mu_alpha = sample("mu_alpha", dist.Normal(0, 10))
    mu_beta = sample("mu_beta", dist.Normal(0, 10))
    sigma_alpha = sample("sigma_alpha", dist.HalfNormal(1))
    sigma_beta = sample("sigma_beta", dist.HalfNormal(1))
    sigma_y = sample("sigma_y", dist.HalfNormal(1))
    with numpyro.plate("county", data["J"]):
        z_alpha = sample("z_alpha", dist.Normal(0, 1))
        z_beta = sample("z_beta", dist.Normal(0, 1))
        alpha = deterministic("alpha", mu_alpha + sigma_alpha * z_alpha)
        beta = deterministic("beta", mu_beta + sigma_beta * z_beta)
    mean = alpha[county] + beta[county] * jnp.asarray(data["floor_measure"])
    sample("log_radon", dist.Normal(mean, sigma_y), obs=jnp.asarray(data["log_radon"]))


def surgical(data):
    mu = sample("mu", dist.Normal(0, 1000))
    sigmasq = sample("sigmasq", dist.InverseGamma(0.001, 0.001))
    sigma = deterministic("sigma", jnp.sqrt(sigmasq))
    with numpyro.plate("hospital", len(data["n"])):
        b = sample("b", dist.Normal(mu, sigma))
        sample("r", dist.Binomial(jnp.asarray(data["n"]), logits=b), obs=jnp.asarray(data["r"]))
    deterministic("pop_mean", expit(mu))
