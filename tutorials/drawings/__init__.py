"""The drawings of ideas that open the pages, a module a page. Plots of results are in the pages themselves."""
