# SPDX-License-Identifier: Apache-2.0
"""Moments of Adam."""
from .files import write_safetensors


def write_optimizer(path, named_parameters, optimizer):
    """The moments of Adam or AdamW by the names of a checkpoint's tensors: `optimizer.safetensors` beside the model, for
    `quad select --gradient adam-state`. `named_parameters` as of the module that `save_pretrained` writes."""
    settings = {(tuple(group["betas"]), group["eps"]) for group in optimizer.param_groups}
    if len(settings) != 1:
        raise ValueError(f"groups with several betas or epsilons, {settings}; one for all is needed")
    ((beta1, beta2), epsilon) = settings.pop()
    tensors = {}
    for name, parameter in named_parameters:
        if "exp_avg" in optimizer.state[parameter]:
            for moment in ("exp_avg", "exp_avg_sq"):
                tensors[f"{moment}.{name}"] = optimizer.state[parameter][moment].float()
    if not tensors:
        raise ValueError("the optimizer has no moments of these parameters; take an Adam that has made a step with them")
    write_safetensors(path, tensors, {
        "format": "quad.optimizer.1", "beta1": repr(beta1), "beta2": repr(beta2), "epsilon": repr(epsilon)})
