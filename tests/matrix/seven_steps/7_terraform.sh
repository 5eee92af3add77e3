# Terraform has nothing to change.
cd "$TERRAFORM_DIRECTORY" && "$TERRAFORM" plan -no-color | grep 'No changes'
